import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headName, loraBName, packMask } from '../../../../src/merge/index.ts'
import { adapterSet } from '../../../../src/training/adapters/adapter-set.ts'
import {
  alternatingEntries,
  keepStill,
  onlyMoving,
} from '../../../../src/training/loop/alternating-entries.ts'

const MODULE = { name: 'm', in: 5, out: 4 }
const LORA = adapterSet({ kind: 'lora', rank: 2, alpha: 2, trains: 'AB', seed: 's' }, [MODULE])
const RAVAN = adapterSet({ kind: 'ravan', heads: 2, rank: 2, alpha: 1, seed: 's' }, [MODULE])
const CLASSIFIER = ['classifier/weight', new Float32Array(6)] as const
const bits = (moves: Uint8Array | undefined): string => [...moves!].join('')

describe('entries that take turns', () => {
  const B = loraBName('m')
  const values = new Map([...LORA.start(null), CLASSIFIER])

  it('are the personal ones alone, then all others with the classifier', () => {
    const mask = packMask([1, 0, 0, 1, 0, 0, 0, 1])
    const [personal, shared] = alternatingEntries(LORA.adapters, values, new Map([[B, mask]]))
    assert.equal(bits(personal!.get(B)), '10010001')
    assert.equal(bits(shared!.get(B)), '01101110')
    for (const [name, { length }] of values) {
      if (name === B) continue
      assert.equal(bits(personal!.get(name)), '0'.repeat(length), name)
      assert.equal(bits(shared!.get(name)), '1'.repeat(length), name)
    }
  })

  it('are all in one pass where nothing is personal', () => {
    const passes = alternatingEntries(LORA.adapters, values, new Map([[B, packMask(new Array(8).fill(0))]]))
    assert.equal(passes.length, 1)
    for (const moves of passes[0]!.values()) assert.ok(moves.every((bit) => bit === 1))
  })

  it('of a head are those of its core; its scale stays', () => {
    const ravan = new Map([...RAVAN.start(null), CLASSIFIER])
    const masks = new Map([[headName('m', 1), packMask([0, 1, 1, 0])]])
    const [personal, shared] = alternatingEntries(RAVAN.adapters, ravan, masks)
    assert.equal(bits(personal!.get('adapter/m/cores')), '00000110')
    assert.equal(bits(shared!.get('adapter/m/cores')), '11111001')
    for (const pass of [personal, shared]) assert.equal(bits(pass!.get('adapter/m/scales')), '00')
  })

  it('refuse a mask of another length, and of what is not trained', () => {
    const refused = (name: string, mask: Uint8Array): void =>
      assert.throws(() => alternatingEntries(LORA.adapters, values, new Map([[name, mask]])), { code: 'ERR_TRAIN_OPTIONS', message: new RegExp(name) }) // prettier-ignore
    refused(B, new Uint8Array(2))
    refused(loraBName('other'), new Uint8Array(1))
  })

  it('stay to the last bit in the pass that is not theirs, and have no slope there', () => {
    const moving = new Map([['p', Uint8Array.of(1, 0, 1)]])
    const value = Float32Array.of(1, -0, 3)
    const putBack = keepStill(new Map([['p', value]]), moving)
    value.set([7, 8, 9])
    putBack()
    assert.deepEqual(value, Float32Array.of(7, -0, 9))
    const slopes = Float32Array.of(NaN, NaN, 2)
    onlyMoving(new Map([['p', slopes]]), moving)
    assert.deepEqual(slopes, Float32Array.of(NaN, 0, 2))
  })
})
