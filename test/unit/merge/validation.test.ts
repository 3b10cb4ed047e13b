import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource } from '../../../src/merge/format/byte-source.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { writeSafetensors } from '../../../src/merge/format/safetensors-writer.ts'
import type { ContributionHeader, MergeSpec, Tensor } from '../../../src/merge/types.ts'
import { validateHeader } from '../../../src/merge/admit/validate-header.ts'
import { validatePayload } from '../../../src/merge/admit/validate-payload.ts'
import {
  admit,
  ANCHOR,
  everySpec,
  makeContribution,
  makeSpec,
  measure,
  randomRows,
  randomTensor,
  RAVAN,
  signedOff,
} from './fixtures.ts'

const lorm = makeSpec()
const ravan = makeSpec({ rule: 'ravan', adapter: RAVAN })
const analytic = makeSpec({ classifier: { rule: 'analytic', features: 'merged', ridge: 1e-2 } })
const frozen = makeSpec({ classifier: { rule: 'analytic', features: 'frozen', ridge: 1e-2 } })

for (const [name, spec] of everySpec()) {
  test(`${name}: a sound contribution is admitted`, () => {
    const made = makeContribution({ spec, peer: 'peer-a' })
    const view = admit(spec, made)
    assert.equal(view.id, made.id)
    assert.throws(() => view.tensor('nothing'), { code: 'ERR_MALFORMED', message: /no tensor "nothing"/ })
  })
}

const statistics: Partial<ContributionHeader> = { kind: 'statistics' }
const counts = (...classCounts: number[]): Partial<ContributionHeader> => ({
  classCounts,
  count: classCounts.reduce((sum, n) => sum + n, 0),
})

const HEADERS: readonly (readonly [string, string, MergeSpec, Partial<ContributionHeader>])[] = [
  ['masked statistics', 'masked-statistics', lorm, { masked: true }],
  ['other frozen factors', 'wrong-frozen-factors', lorm, { frozen: ANCHOR }],
  ['statistics where classes are counted', 'unexpected-kind', lorm, statistics],
  [
    'statistics on merged features without their anchor',
    'wrong-anchor',
    analytic,
    { ...statistics, anchor: null },
  ],
  ['statistics on frozen features with an anchor', 'wrong-anchor', frozen, { ...statistics, anchor: ANCHOR }],
  ['an adapter with an anchor', 'wrong-anchor', lorm, { anchor: ANCHOR }],
  ['more samples than the charter allows', 'too-many-samples', lorm, counts(9000, 1000, 1)],
  ['a class too few', 'wrong-class-counts', lorm, counts(8, 8)],
  ['a class too many', 'wrong-class-counts', lorm, counts(8, 8, 8, 8)],
  ['class counts that do not add up', 'wrong-class-counts', lorm, { ...counts(8, 8, 8), count: 25 }],
  ['a Gram of too few samples', 'below-floor', lorm, counts(1, 2, 0)],
  [
    'statistics of a class with too few samples',
    'below-floor',
    analytic,
    { ...statistics, ...counts(8, 1, 0) },
  ],
]

for (const [what, reason, spec, header] of HEADERS) {
  test(`header with ${what}: ${reason}`, () => {
    const made = makeContribution({ spec, peer: 'peer-a', header })
    const judged = validateHeader(spec, made.header)
    assert.equal(judged.ok ? 'admitted' : judged.reason, reason)
  })
}

test('plain means reveal no statistic and need no floor', () => {
  const made = makeContribution({ spec: makeSpec({ rule: 'mean' }), peer: 'peer-a', header: counts(1, 0, 0) })
  assert.deepEqual(validateHeader(makeSpec({ rule: 'mean' }), made.header), { ok: true })
})

test('a payload far smaller or larger than its tensors is refused before it is fetched', () => {
  const { header } = makeContribution({ spec: lorm, peer: 'peer-a' })
  for (const size of [100, 100_000]) {
    const judged = validateHeader(lorm, { ...header, payload: { ...header.payload, size } })
    assert.equal(judged.ok ? 'admitted' : judged.reason, 'payload-size')
  }
})

const random = createRandom('validation')
const like = (spec: MergeSpec, name: string, change: (data: Float32Array) => void, kind = {}) => {
  const view = admit(spec, makeContribution({ spec, peer: 'peer-a', header: kind }))
  const { shape, data } = view.tensor(name)
  const copy = data.slice()
  change(copy)
  return { [name]: { shape, data: copy } }
}
const B = 'adapter/layer.0.query/lora_B'
const GRAM = 'gram/layer.0.value'

type Tensors = Readonly<Record<string, Tensor | undefined>>
const PAYLOADS: readonly (readonly [string, string, MergeSpec, Tensors, Partial<ContributionHeader>?])[] = [
  ['a missing tensor', 'missing-tensor', lorm, { [B]: undefined }],
  ['an additional tensor', 'unexpected-tensor', lorm, { 'adapter/x/lora_B': randomTensor(random, [5, 3]) }],
  ['a transposed tensor', 'wrong-shape', lorm, { [B]: randomTensor(random, [3, 5]) }],
  ['a flattened tensor', 'wrong-shape', lorm, { [B]: randomTensor(random, [15]) }],
  ['NaN in a factor', 'non-finite', lorm, like(lorm, B, (data) => (data[14] = NaN))],
  ['infinity in a Gram', 'non-finite', lorm, like(lorm, GRAM, (data) => (data[0] = Infinity))],
  ['a factor beyond the charter’s bound', 'too-large', lorm, like(lorm, B, (data) => (data[3] = -1001))],
  [
    'a classifier beyond the bound',
    'too-large',
    lorm,
    like(lorm, 'classifier/bias', (data) => (data[0] = 2000)),
  ],
  ['a Gram of zeros', 'bad-trace', lorm, like(lorm, GRAM, (data) => data.fill(0))],
  [
    'a Gram of negative trace',
    'bad-trace',
    lorm,
    like(lorm, GRAM, (data) => data.forEach((x, i) => (data[i] = -x))),
  ],
  ['a Gram that outweighs everybody', 'bad-trace', lorm, like(lorm, GRAM, (data) => data.forEach((x, i) => (data[i] = x * 1e15)))], // prettier-ignore
  ['an indefinite Gram', 'indefinite-gram', lorm, like(lorm, GRAM, (data) => (data[1] = 10 * data[0]!))],
  ['one indefinite head', 'indefinite-gram', ravan, like(ravan, GRAM, (data) => (data[4] = 10 * data[3]!))],
  ['an indefinite classifier Gram', 'indefinite-gram', analytic, like(analytic, 'classifier/gram', (data) => (data[1] = 10 * data[0]!), statistics), statistics], // prettier-ignore
  ['another count in the Gram', 'wrong-count', analytic, like(analytic, 'classifier/gram', (data) => (data[14]! += 1), statistics), statistics], // prettier-ignore
  ['other class counts in the cross product', 'wrong-class-counts', analytic, like(analytic, 'classifier/cross', (data) => (data[13]! += 1), statistics), statistics], // prettier-ignore
  ['a cross product beyond what its Gram allows', 'bad-cross', analytic, like(analytic, 'classifier/cross', (data) => (data[0] = 1e37), statistics), statistics], // prettier-ignore
  ['a cross product of classes in each other’s place', 'bad-cross', analytic, like(analytic, 'classifier/cross', (data) => (data[3] = -data[3]!), statistics), statistics], // prettier-ignore
  ['features of a class without samples', 'bad-cross', analytic, like(analytic, 'classifier/cross', (data) => (data[2] = 1e-3), { ...statistics, ...counts(8, 8, 0) }), { ...statistics, ...counts(8, 8, 0) }], // prettier-ignore
  ['features of zeros', 'bad-trace', analytic, like(analytic, 'classifier/gram', (data) => data.fill(0, 0, 14), statistics), statistics], // prettier-ignore
]

for (const [what, reason, spec, tensors, header = {}] of PAYLOADS) {
  test(`payload with ${what}: ${reason}`, () => {
    const made = makeContribution({ spec, peer: 'peer-a', tensors, header })
    const checked = validatePayload(spec, made.header, memorySource(made.payload))
    assert.equal(checked.ok ? 'admitted' : checked.reason, reason)
  })
}

test('a tiny Gram beside a huge cross product, which no merge could hold, is refused', () => {
  const shrunk = like(analytic, 'classifier/gram', (data) => data.forEach((value, i) => (data[i] = i === 14 ? value : value * (i < 10 ? 1e-10 : 1e-5))), statistics) // prettier-ignore
  const grown = like(analytic, 'classifier/cross', (data) => data.forEach((value, i) => (data[i] = i < 12 ? value * 1e37 : value)), statistics) // prettier-ignore
  const made = makeContribution({ spec: analytic, peer: 'peer-a', tensors: { ...shrunk, ...grown }, header: statistics }) // prettier-ignore
  const checked = validatePayload(analytic, made.header, memorySource(made.payload))
  assert.equal(checked.ok ? 'admitted' : checked.reason, 'bad-cross')
})

test('a class whose samples are all the same meets the bound on its cross product exactly', () => {
  const rows = Array.from({ length: 9 }, (_, i) => (i < 5 ? [0.1, -3, 7e-4, 0] : [1, 2, 3, 4]))
  const tensors = measure(rows, rows.map((_, i) => (i < 5 ? 0 : 1)), 3) // prettier-ignore
  admit(analytic, makeContribution({ spec: analytic, peer: 'peer-a', tensors, header: { ...statistics, ...counts(5, 4, 0) } })) // prettier-ignore
})

test('a singular Gram of honest data, rounded to float32, is admitted', () => {
  const row = [0.3, -1.7, 0.9]
  const data = Float32Array.from(
    [0, 1, 2].flatMap((i) => [0, 1, 2].slice(0, i + 1).map((j) => 40 * row[i]! * row[j]!)),
  )
  admit(lorm, makeContribution({ spec: lorm, peer: 'peer-a', tensors: { [GRAM]: { shape: [6], data } } }))
})

test('a payload in half precision is refused: statistics need their digits', () => {
  const { header, payload } = makeContribution({ spec: lorm, peer: 'peer-a' })
  const view = admit(lorm, { id: '', header, headerBytes: new Uint8Array(), payload })
  const names = [
    B,
    GRAM,
    'adapter/layer.0.value/lora_B',
    'gram/layer.0.query',
    'classifier/weight',
    'classifier/bias',
  ]
  const half = writeSafetensors(new Map(names.map((name) => [name, view.tensor(name)])), { type: 'F16' })
  const made = signedOff(lorm, half, { classCounts: header.classCounts, count: header.count })
  const checked = validatePayload(lorm, made.header, memorySource(made.payload))
  assert.equal(checked.ok ? 'admitted' : checked.reason, 'wrong-type')
})

test('bytes that are not those of the header are refused, each for its reason', () => {
  const { header, payload } = makeContribution({ spec: lorm, peer: 'peer-a' })
  const flipped = payload.slice()
  flipped[flipped.length - 1]! ^= 1
  const cases = [
    ['payload-size', payload.subarray(0, -1)],
    ['payload-size', Uint8Array.of(...payload, 0)],
    ['payload-size', new Uint8Array(0)],
    ['payload-digest', flipped],
  ] as const
  for (const [reason, bytes] of cases) {
    const checked = validatePayload(lorm, header, memorySource(bytes))
    assert.equal(checked.ok ? 'admitted' : checked.reason, reason)
  }
})

test('random bytes with a fitting digest are refused by name', () => {
  for (const length of [1, 8, 9, 500]) {
    const bytes = Uint8Array.from({ length }, () => random.below(256))
    const { header } = signedOff(lorm, bytes, {})
    const checked = validatePayload(lorm, header, memorySource(bytes))
    assert.ok(!checked.ok && ['truncated', 'header-too-large'].includes(checked.reason))
  }
})

test('an error of the disk is not blamed on the peer', () => {
  const { header, payload } = makeContribution({ spec: lorm, peer: 'peer-a' })
  const source = {
    size: payload.length,
    read(): Uint8Array {
      throw new Error('input/output error')
    },
  }
  assert.throws(() => validatePayload(lorm, header, source), /input\/output error/)
})

test('classes as far apart as each feature allows, but not all features together: indefinite-scatter', () => {
  const tensors = measure(randomRows(random, 24, 4), Array.from({ length: 24 }, (_, n) => n % 3), 3) // prettier-ignore
  const [{ data: gram }, { data: cross }] = [tensors['classifier/gram'], tensors['classifier/cross']]
  const even = { ...statistics, ...counts(8, 8, 8) }
  const judged = () => {
    const made = makeContribution({ spec: analytic, peer: 'peer-a', tensors, header: even })
    const checked = validatePayload(analytic, made.header, memorySource(made.payload))
    return checked.ok ? 'admitted' : checked.reason
  }
  assert.equal(judged(), 'admitted')
  for (let k = 0; k < 4; k++) {
    const moved = 0.9 * Math.sqrt(8 * gram[(k * (k + 1)) / 2 + k]!) - cross[k * 3]!
    cross[k * 3]! += moved
    cross[k * 3 + 1]! -= moved
  }
  assert.equal(judged(), 'indefinite-scatter')
})

test('statistics of a feature whose square float32 cannot hold, while its sum it can, are admitted', () => {
  const labels = Array.from({ length: 24 }, (_, i) => i % 3)
  const rows = randomRows(createRandom('all but off'), 24, 4).map((row) => [...row.slice(0, 3), -2.7e-32])
  const tensors = measure(rows, labels, 3)
  assert.equal(tensors['classifier/gram'].data[9], 0)
  const header = { ...statistics, ...counts(8, 8, 8) }
  const made = makeContribution({ spec: analytic, peer: 'peer-a', tensors, header })
  const checked = validatePayload(analytic, made.header, memorySource(made.payload))
  assert.ok(checked.ok, checked.ok ? '' : checked.message)
})
