import '../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandGate } from '../../../src/node/command-gate.ts'

const never = new AbortController().signal

test('whoever shuts the gate waits for what is inside, failed or not, and what comes meanwhile waits for it', async () => {
  const gate = new CommandGate()
  const told: string[] = []
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const first = gate.pass(() => promise.then(() => told.push('first')))
  const failing = gate.pass(() => promise.then(() => Promise.reject(new Error('no'))))
  const shut = gate.shutFor(() => Promise.resolve(void told.push('shut')), never)
  const second = gate.pass(() => Promise.resolve(told.push('second')))
  await Promise.resolve()
  assert.deepEqual(told, [])
  resolve(undefined)
  reject(new Error('settled before'))
  await assert.rejects(failing, /no/)
  await Promise.all([first, shut, second])
  assert.deepEqual(told, ['first', 'shut', 'second'])
})

test('it opens again after work that failed, and an abort leaves the work undone', async () => {
  const gate = new CommandGate()
  await assert.rejects(
    gate.shutFor(() => Promise.reject(new Error('broken')), never),
    /broken/,
  )
  const stopping = new AbortController()
  void gate.pass(() => new Promise(() => undefined))
  let isDone = false
  const shut = gate.shutFor(() => Promise.resolve(void (isDone = true)), stopping.signal)
  stopping.abort()
  await shut
  assert.equal(isDone, false)
  assert.equal(await gate.pass(() => Promise.resolve('open')), 'open')
})
