import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsSchema, isCut, NO_FAULTS, qualityOf } from '../../../scripts/switchboard/faults.ts'

test('a partition cuts between its groups, both ways, and not within; who is not named is with the first', () => {
  const faults = {
    ...NO_FAULTS,
    groups: [
      ['a', 'b'],
      ['c', 'd'],
    ],
  }
  for (const [one, other] of [
    ['a', 'c'],
    ['d', 'b'],
    ['late', 'c'],
  ] as const) {
    assert.equal(isCut(faults, one, other), true, `${one} ${other}`)
    assert.equal(isCut(faults, other, one), true, `${other} ${one}`)
  }
  for (const [one, other] of [
    ['a', 'b'],
    ['c', 'd'],
    ['late', 'a'],
  ] as const)
    assert.equal(isCut(faults, one, other), false, `${one} ${other}`)
  assert.equal(isCut(NO_FAULTS, 'a', 'c'), false)
})

test('of two slow sites the worse counts; others are as they were', () => {
  const slow = { a: { delayMs: 100, bytesPerSecond: 9_000 }, b: { delayMs: 500, bytesPerSecond: 70_000 } }
  const faults = { ...NO_FAULTS, slow }
  assert.deepEqual(qualityOf(faults, 'c', 'a'), slow.a)
  assert.deepEqual(qualityOf(faults, 'a', 'b'), { delayMs: 500, bytesPerSecond: 9_000 })
  assert.deepEqual(qualityOf(faults, 'c', 'd'), {})
})

test('orders that make no sense are refused', () => {
  assert.deepEqual(faultsSchema.parse({}), NO_FAULTS)
  for (const wrong of [
    { group: [] },
    { groups: ['a'] },
    { slow: { a: { delayMs: -1, bytesPerSecond: 9_000 } } },
  ])
    assert.equal(faultsSchema.safeParse(wrong).success, false)
})
