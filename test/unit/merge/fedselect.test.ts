import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { frozenFactors } from '../../../src/merge/adapters/frozen-factors.ts'
import { memorySource } from '../../../src/merge/format/byte-source.ts'
import { expectedTensors } from '../../../src/merge/format/contribution-tensors.ts'
import { isPersonal, maskName, packMask } from '../../../src/merge/format/personal-mask.ts'
import { writeSafetensors, type WritableTensor } from '../../../src/merge/format/safetensors-writer.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { inAllRows } from '../../../src/merge/tasks/in-all-rows.ts'
import { growMask } from '../../../src/merge/rules/grow-mask.ts'
import { maskedMean } from '../../../src/merge/rules/masked-mean.ts'
import { validatePayload } from '../../../src/merge/admit/validate-payload.ts'
import type { MergeSpec } from '../../../src/merge/types.ts'
import { admit, admitted, CHARTER, LORA, makeContribution, makeSpec, randomTensor, RAVAN, signedOff } from './fixtures.ts' // prettier-ignore
import { byId, readCases, type Rows } from './vectors.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

const cases = readCases('fedselect.json')
const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [value as number])

test('golden: masked average, and what a site holds after it', () => {
  const vector = cases.find(({ name }) => name.startsWith('masked average'))!
  type Site = Readonly<Record<string, unknown>>
  const [values, masks, after] = [vector.params, vector.masks, vector.expected_after_broadcast] as Site[][]
  for (const [tensor, expected] of Object.entries(vector.expected_average as Site)) {
    const entries = flat(expected)
    const mean = maskedMean(1, entries.length)
    for (const i of byId(vector.ids)) {
      const personal = flat(masks![i]![tensor])
      mean.add(matrixFromRows([flat(values![i]![tensor])]), (e) => 1 - personal[e]!)
    }
    const merged = mean.solve(new Float64Array(entries.length))
    assert.deepEqual([...merged.data], entries, tensor)
    const counts = entries.map((_, e) => masks!.filter((mask) => flat(mask[tensor])[e] === 0).length)
    assert.deepEqual(counts, flat((vector.expected_counts as Site)[tensor]))
    for (const i of vector.ids.keys()) {
      const own = flat(values![i]![tensor])
      const held = flat(masks![i]![tensor]).map((m, e) => (m === 0 ? merged.data[e]! : own[e]!))
      assert.deepEqual(held, flat(after![i]![tensor]))
    }
  }
})

for (const vector of cases.filter(({ name }) => name.startsWith('mask growth'))) {
  test(`golden: ${vector.name}`, () => {
    const grown = growMask(
      flat(vector.current),
      flat(vector.previous),
      flat(vector.mask).map((bit) => bit === 1),
      { share: vector.p as number, limit: vector.limit as number },
    )
    assert.deepEqual(grown.map(Number), flat(vector.expected))
  })
}

test('golden: how the personal share grows, and stops above its limit', () => {
  const vector = cases.find(({ name }) => name.startsWith('ideal personal fraction'))!
  const random = createRandom('shares')
  const size = 4096
  let mask: readonly boolean[] = new Array<boolean>(size).fill(false)
  for (const expected of vector.expected as number[]) {
    const moved = Array.from({ length: size }, () => random.uniform())
    mask = growMask(moved, new Float64Array(size), mask, { share: 0.25, limit: 0.8 })
    const share = mask.filter(Boolean).length / size
    // entries that are personal already may move less than the cut, never those that are not
    assert.ok(Math.abs(share - expected) < 1e-3, `${share}, expected ${expected}`)
  }
})

test('growth changes nothing at a share of 0, with nothing left to share, and only in tensors of one length', () => {
  const all = [true, true]
  assert.equal(growMask([1, 2], [0, 0], all, { share: 0.5, limit: 1 }), all)
  const none = [false, false, false]
  assert.equal(growMask([1, 2, 3], [0, 0, 0], none, { share: 0, limit: 1 }), none)
  assert.deepEqual(growMask([1, 1, 1], [1, 1, 1], none, { share: 0.3, limit: 1 }), [true, true, true])
  assert.throws(() => growMask([1], [1, 2], none, { share: 0.3, limit: 1 }), { code: 'ERR_SHAPE_MISMATCH' })
})

test('a mask is packed from the least significant bit on, padded with zeros', () => {
  assert.deepEqual([...packMask([1, 0, 0, 0, 0, 0, 0, 0, 0, 1])], [1, 2])
  assert.deepEqual([...packMask([0, 1, 1])], [6])
  assert.equal(maskName('adapter/layer.0.query/lora_B'), 'mask/layer.0.query/lora_B')
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 70 }), (bits) => {
      const mask = packMask(bits)
      assert.deepEqual(bits.map((_, i) => isPersonal(mask, i)), bits) // prettier-ignore
    }),
    { seed: 1 },
  )
})

const MODULE = { name: 'layer.0.query', in: 8, out: 5 } as const
const B = 'adapter/layer.0.query/lora_B'
const fedselect = makeSpec({ rule: 'fedselect', modules: [MODULE], decay: 0.5 })
const mask = (...personal: number[]): WritableTensor => {
  const data = packMask(Array.from({ length: 15 }, (_, i) => personal.includes(i)))
  return { shape: [2], data }
}

test('each entry is the mean of those who share it, weighted by age and not by samples; the start where nobody does', () => {
  const counts = (n: number) => ({ classCounts: [n, 0, 0], count: n })
  const views = [
    admitted({ spec: fedselect, peer: 'a', header: { generation: 2, ...counts(100) }, tensors: { [maskName(B)]: mask(0, 1) } }), // prettier-ignore
    admitted({ spec: fedselect, peer: 'b', header: { generation: 1, ...counts(7) }, tensors: { [maskName(B)]: mask(0, 2) } }), // prettier-ignore
  ]
  const merged = mergeContributions(fedselect, { charter: CHARTER }, views).adapter.get(B)!.data
  const [a, b] = views.map((view) => view.tensor(B).data)
  assert.deepEqual([merged[0], merged[1], merged[2]], [0, b![1], a![2]])
  for (let i = 3; i < 15; i++) {
    assert.ok(Math.abs(merged[i]! - (a![i]! + 0.5 * b![i]!) / 1.5) < 1e-6)
  }
})

test('where nobody shares an entry of a trained A, its seeded start stays', () => {
  const spec = makeSpec({ rule: 'fedselect', modules: [MODULE], adapter: { ...LORA, trains: 'AB' } })
  const A = 'adapter/layer.0.query/lora_A'
  const all = { shape: [3], data: new Uint8Array(3).fill(255) }
  const views = ['a', 'b'].map((peer) => admitted({ spec, peer, tensors: { [maskName(A)]: all } }))
  const merged = mergeContributions(spec, { charter: CHARTER }, views).adapter.get(A)!.data
  assert.deepEqual(
    merged,
    frozenFactors(spec.adapter, spec.modules).get(`frozen/${MODULE.name}/lora_A`)!.data,
  )
})

test('a site to which everything is personal changes nothing: the merge is that of the others, and of such sites alone the start', () => {
  const everything = { [maskName(B)]: mask(...Array.from({ length: 15 }, (_, i) => i)) }
  const [hermit, twin] = ['a', 'c'].map((peer) => admitted({ spec: fedselect, peer, tensors: everything }))
  const sharer = admitted({ spec: fedselect, peer: 'b' })
  const merged = (...views: Parameters<typeof mergeContributions>[2][number][]): Float32Array =>
    mergeContributions(fedselect, { charter: CHARTER }, views).adapter.get(B)!.data
  assert.deepEqual(merged(hermit!, sharer, twin!), merged(sharer))
  assert.ok(merged(hermit!, twin!).every((value) => value === 0))
})

for (const factors of ['F32', 'BF16'] as const) {
  test(`what is personal does not leave the site, in ${factors}`, () => {
    const spec = makeSpec({ rule: 'fedselect', modules: [MODULE], adapter: { ...LORA, trains: 'AB' }, wire: { factors, grams: 'F32' } }) // prettier-ignore
    const view = admitted({ spec, peer: 'a' })
    for (const name of [B, 'adapter/layer.0.query/lora_A']) {
      const bits = view.bytes(maskName(name))
      const hidden = [...view.tensor(name).data].filter((_, i) => isPersonal(bits, i))
      assert.ok(hidden.length > 2 && hidden.every((value) => value === 0))
    }
  })
}

test('a site that marks nothing shares everything', () => {
  const view = admitted({ spec: fedselect, peer: 'a', tensors: { [maskName(B)]: undefined } })
  assert.deepEqual([...view.bytes(maskName(B))], [0, 0])
  assert.ok(view.tensor(B).data.every((value) => value !== 0))
})

test('masks are expected for every trained tensor that is there, of the heads of ravan too', () => {
  const spec = makeSpec({ rule: 'fedselect', adapter: RAVAN })
  const layouts = expectedTensors(spec, 'adapter', (part) => !part.endsWith('head.1'))
  const names = [...layouts.keys()].filter((name) => name.startsWith('mask/'))
  assert.deepEqual(names, ['mask/layer.0.query/head.0', 'mask/layer.0.value/head.0', 'mask/classifier/weight']) // prettier-ignore
  assert.deepEqual(layouts.get(names[0]!), { shape: [1], type: 'U8' })
  const affine = makeSpec({ rule: 'fedselect', adapter: RAVAN, classifier: { rule: 'affine' }, ridge: 1e-3 })
  assert.ok(!expectedTensors(affine, 'adapter').has('mask/classifier/weight'), 'Grams weigh whole rows')
})

const WEIGHT = 'classifier/weight'
const bitsAt = (length: number, ...personal: number[]): WritableTensor => {
  const data = packMask(Array.from({ length }, (_, i) => personal.includes(i)))
  return { shape: [data.length], data }
}

test('an entry of the classifier is the mean, by samples of its class, of those who hold the class and share it', () => {
  const { features, classes } = fedselect
  const length = classes.length * features
  const of = (peer: string, classCounts: number[], ...personal: number[]) =>
    admitted({ spec: fedselect, peer, header: { classCounts, count: classCounts[0]! + classCounts[1]! }, tensors: { [maskName(WEIGHT)]: bitsAt(length, ...personal) } }) // prettier-ignore
  const views = [of('a', [30, 0, 0], 0, 1), of('b', [10, 5, 0], 0), of('c', [0, 15, 0], features)]
  const { weight, bias } = mergeContributions(fedselect, { charter: CHARTER }, views).classifier
  const [a, b, c] = views.map((view) => view.tensor(WEIGHT).data) as [Float32Array, Float32Array, Float32Array] // prettier-ignore
  const expected = Array.from({ length }, (_, i) => {
    if (i === 0) return 0
    if (i === 1) return b[1]!
    if (i < features) return (30 * a[i]! + 10 * b[i]!) / 40
    if (i === features) return b[i]!
    return i < 2 * features ? (5 * b[i]! + 15 * c[i]!) / 20 : 0
  })
  expected.forEach((value, i) => assert.ok(Math.abs(weight.data[i]! - value) < 1e-6, `entry ${i}: ${weight.data[i]}, expected ${value}`)) // prettier-ignore
  const [first, second] = views.map((view) => view.tensor('classifier/bias').data)
  assert.ok(Math.abs(bias.data[0]! - (30 * first![0]! + 10 * second![0]!) / 40) < 1e-6)
  assert.ok([0, 1].every((i) => a[i] === 0) && b[0] === 0 && c[features] === 0, 'what is personal did not leave') // prettier-ignore
})

test('masks of a task’s classifier stand in its rows of the whole', () => {
  const { features } = fedselect
  const task = 'later'
  const spec: MergeSpec = { ...fedselect, classes: [...fedselect.classes, 'x', 'y'], tasks: [{ id: null, classes: fedselect.classes }, { id: task, classes: ['x', 'y'] }] } // prettier-ignore
  const own = { ...fedselect, classes: ['x', 'y'] }
  const view = admitted({ spec: own, peer: 'a', header: { classCounts: [4, 5], count: 9 }, tensors: { [maskName(WEIGHT)]: bitsAt(2 * features, 1, features + 2) } }) // prettier-ignore
  const whole = inAllRows(spec, { ...view, header: { ...view.header, task } }).bytes(maskName(WEIGHT))
  const personal = Array.from({ length: 5 * features }, (_, i) => i).filter((i) => isPersonal(whole, i))
  assert.deepEqual(personal, [3 * features + 1, 4 * features + 2])
})

/** As a site would send it that does not use this project's writer. */
function tampered(spec: MergeSpec, changes: Readonly<Record<string, WritableTensor | undefined>>) {
  const view = admit(spec, makeContribution({ spec, peer: 'a' }))
  const tensors = new Map<string, WritableTensor>()
  for (const [name, { type, shape }] of expectedTensors(spec, 'adapter')) {
    tensors.set(name, type === 'U8' ? { shape, data: view.bytes(name) } : view.tensor(name))
  }
  for (const [name, tensor] of Object.entries(changes)) {
    if (tensor === undefined) tensors.delete(name)
    else tensors.set(name, tensor)
  }
  return signedOff(spec, writeSafetensors(tensors), { classCounts: [9, 0, 0], count: 9 })
}

const random = createRandom('tampered')
const HOSTILE: readonly (readonly [string, string, Readonly<Record<string, WritableTensor | undefined>>])[] =
  [
    ['a personal entry that is sent', 'personal-entry', { [B]: randomTensor(random, [5, 3]), [maskName(B)]: mask(14) }], // prettier-ignore
    [
      'a bit behind the last entry',
      'bad-mask',
      { [maskName(B)]: { shape: [2], data: Uint8Array.of(0, 128) } },
    ],
    ['no mask', 'missing-tensor', { [maskName(B)]: undefined }],
    ['a mask of numbers', 'wrong-type', { [maskName(B)]: { shape: [2], data: new Float32Array(2) } }],
    [
      'a mask of a byte for each entry',
      'wrong-shape',
      { [maskName(B)]: { shape: [15], data: new Uint8Array(15) } },
    ],
    [
      'a mask of nothing',
      'unexpected-tensor',
      { 'mask/layer.9/lora_B': { shape: [1], data: new Uint8Array(1) } },
    ],
  ]

for (const [what, reason, changes] of HOSTILE) {
  test(`payload with ${what}: ${reason}`, () => {
    const { header, payload } = tampered(fedselect, changes)
    const checked = validatePayload(fedselect, header, memorySource(payload))
    assert.equal(checked.ok ? 'admitted' : checked.reason, reason)
  })
}

test('masks under another rule are not part of a contribution', () => {
  const spec = makeSpec({ rule: 'mean', modules: [MODULE] })
  const { header, payload } = tampered(spec, { [maskName(B)]: mask(1) })
  const checked = validatePayload(spec, header, memorySource(payload))
  assert.equal(checked.ok ? 'admitted' : checked.reason, 'unexpected-tensor')
  assert.equal((cases[1]!.current as Rows).length, 2)
})
