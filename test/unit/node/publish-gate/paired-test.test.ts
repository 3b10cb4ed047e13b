import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairedTest } from '../../../../src/node/publish-gate/paired-test.ts'

/** Two models that have `both` right, and differ in so many samples; both are wrong in one. */
function compared(lost: number, gained: number, both = 3): ReturnType<typeof pairedTest> {
  const of = (kind: readonly [number, number, number]): Uint8Array =>
    Uint8Array.from([...ones(both), ...fill(lost, kind[0]), ...fill(gained, kind[1]), kind[2]])
  return pairedTest(of([1, 0, 0]), of([0, 1, 0]))
}

const fill = (count: number, value: number): number[] => new Array<number>(count).fill(value)
const ones = (count: number): number[] => fill(count, 1)

test('the chance is that of the binomial distribution', () => {
  const known: readonly (readonly [lost: number, gained: number, chance: number])[] = [
    [5, 0, 1 / 32],
    [4, 0, 1 / 16],
    [9, 1, 11 / 1024],
    [8, 2, 56 / 1024],
    [0, 4, 1],
    [0, 0, 1],
    [1, 1, 3 / 4],
    [59, 37, 0.015774],
  ]
  for (const [lost, gained, chance] of known) {
    const { chance: found } = compared(lost, gained)
    assert.ok(Math.abs(found - chance) < 2e-3 * chance + 1e-12, `${lost} lost, ${gained} gained: ${found}, expected ${chance}`) // prettier-ignore
  }
})

test('worse is what lost more than chance explains, and never what gained more', () => {
  assert.equal(compared(5, 0).isWorse, true)
  assert.equal(compared(4, 0).isWorse, false)
  assert.equal(compared(9, 1).isWorse, true)
  assert.equal(compared(8, 2).isWorse, false)
  assert.equal(compared(3, 30).isWorse, false)
  assert.equal(compared(0, 0).isWorse, false)
})

test('only samples that differ count, and figures say what was compared', () => {
  assert.deepEqual(compared(7, 1, 50), { samples: 59, before: 57, after: 51, lost: 7, gained: 1, chance: 9 / 256, isWorse: true }) // prettier-ignore
})

test('thousands of samples neither overflow nor vanish', () => {
  const { chance, isWorse } = compared(3_000, 2_000)
  assert.ok(chance > 0 && chance < 1e-40 && isWorse)
  const even = compared(2_500, 2_500)
  assert.ok(even.chance > 0.5 && even.chance < 0.51 && !even.isWorse)
})
