import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectOf } from '../../../../src/node/who-helps/effect-of.ts'

/** `gained` samples that only the merge with the site has right, `lost` that only the one without has, and ten that both have. */
function answers(gained: number, lost: number): [Uint8Array, Uint8Array] {
  const pairs = [...Array<[number, number]>(gained).fill([1, 0]), ...Array<[number, number]>(lost).fill([0, 1]), ...Array<[number, number]>(10).fill([1, 1])] // prettier-ignore
  return [Uint8Array.from(pairs.map(([withIt]) => withIt)), Uint8Array.from(pairs.map(([, without]) => without))] // prettier-ignore
}

const CASES = [
  [9, 1, 'helps', 11 / 1024],
  [1, 9, 'harms', 11 / 1024],
  [4, 0, 'unclear', 1 / 16],
  [5, 0, 'helps', 1 / 32],
  [3, 4, 'unclear', 64 / 128],
  [0, 0, 'unclear', 1],
] as const

for (const [gained, lost, effect, chance] of CASES) {
  test(`${gained} gained and ${lost} lost: ${effect}`, () => {
    const found = effectOf(...answers(gained, lost))
    assert.deepEqual([found.gained, found.lost, found.effect], [gained, lost, effect])
    assert.ok(Math.abs(found.chance - chance) < 1e-12, String(found.chance))
  })
}
