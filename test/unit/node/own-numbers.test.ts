import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OwnNumbers, type OwnNumbersInit } from '../../../src/node/own-numbers.ts'

const never = new AbortController().signal

function numbers(told: Record<string, number>, options: Partial<OwnNumbersInit> & { held?: number } = {}) {
  const { held = 4 } = options
  const steps: (readonly [number, number, readonly string[]])[] = []
  const own = new OwnNumbers({
    self: 'a',
    store: { nextSequence: () => held + 1 },
    network: { toldNumbers: () => new Map(Object.entries(told)) },
    members: () => ['a', 'b', 'c'],
    deadline: 0,
    now: () => 1,
    random: () => 0.5,
    onStep: (...step) => steps.push(step),
    ...options,
  })
  return { own, steps }
}

test('where all others have spoken, the next number follows the highest that anybody has seen', async () => {
  assert.equal(await numbers({ b: 4, c: 2 }).own.next(never), 5)
  assert.equal(await numbers({ b: 9, c: 0 }).own.next(never), 10)
})

test('where one is silent, numbers are left out that it may have seen', async () => {
  const { own, steps } = numbers({ b: 9 })
  assert.equal(await own.next(never), 10 + 2 ** 19)
  assert.deepEqual(steps, [[10, 10 + 2 ** 19, ['c']]])
  assert.equal(await own.next(never), 10 + 2 ** 19, 'until one is used')
})

test('later numbers follow one another, also if somebody says later that it has seen more', async () => {
  let held = 4
  const told: Record<string, number> = { b: 0 }
  const { own, steps } = numbers(told, { store: { nextSequence: () => held + 1 } })
  held = await own.next(never)
  assert.equal(await own.next(never), held + 1)
  told.c = held + 7
  assert.equal(await own.next(never), held + 8)
  assert.equal(steps.length, 1)
})

test('others are waited for until the deadline, and no longer than they take', async () => {
  const told: Record<string, number> = {}
  let now = 0
  const { own } = numbers(told, { deadline: 10, now: () => now++ })
  setTimeout(() => Object.assign(told, { b: 6, c: 6 }), 150)
  assert.equal(await own.next(never), 7)
})

test('whoever is alone numbers without gaps; a node that stops waits for nobody', async () => {
  assert.equal(await numbers({}, { members: () => ['a'] }).own.next(never), 5)
  await assert.rejects(numbers({}, { deadline: Infinity }).own.next(AbortSignal.abort()))
})

test('a later run of one process goes on where an earlier one was, and asks nobody again', async () => {
  const { own: earlier } = numbers({ b: 9, c: 0 })
  assert.equal(earlier.settled, undefined)
  await earlier.next(never)
  const { own, steps } = numbers({}, { settled: earlier.settled, deadline: Infinity })
  assert.equal(await own.next(never), 10)
  assert.deepEqual(steps, [])
})

test('numbers do not run over', async () => {
  assert.equal(await numbers({}, { held: 2 ** 32 - 3 }).own.next(never), 2 ** 32 - 2)
})
