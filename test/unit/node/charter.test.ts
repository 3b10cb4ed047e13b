import assert from 'node:assert/strict'
import { DEFAULT_ROBUST } from '../../../src/merge/index.ts'
import { test } from 'node:test'
import { buildCharter, type BackboneInfo, type CharterOptions } from '../../../src/node/build-charter.ts'
import {
  charterDigest,
  formatCharter,
  inputExtent,
  mergeSpecOf,
  parseCharter,
} from '../../../src/node/charter.ts'

const backbone: BackboneInfo = {
  digest: '5e'.repeat(32),
  modelType: 'vit',
  hiddenSize: 48,
  modality: 'image',
  extent: 224,
  defaultTargets: ['query', 'value'],
  inputs: [['query', 'key', 'value'].map((ending) => `vit.encoder.layer.0.attention.attention.${ending}`)],
  linears: ['query', 'key', 'value'].map((ending) => ({
    name: `vit.encoder.layer.0.attention.attention.${ending}`,
    in: 48,
    out: 48,
  })),
}
const options: CharterOptions = {
  name: 'castings',
  classes: ['crack', 'pore', 'scratch'],
  imageSize: 48,
  members: [{ id: '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp', name: 'foundry' }],
}

function changed(change: (value: Record<string, unknown>) => void): string {
  const value = JSON.parse(formatCharter(buildCharter(options, backbone))) as Record<string, unknown>
  change(value)
  return JSON.stringify(value)
}

test('a charter survives its file, and its digest ignores the order of fields', () => {
  const charter = buildCharter(options, backbone)
  const again = parseCharter(formatCharter(charter), 'charter.json')
  assert.deepEqual(again, charter)
  const reversed = Object.fromEntries(Object.entries(charter).reverse())
  assert.equal(charterDigest(parseCharter(JSON.stringify(reversed), 'charter.json')), charterDigest(charter))
})

test('every value of the charter changes its digest', () => {
  const digest = charterDigest(buildCharter(options, backbone))
  assert.notEqual(charterDigest(buildCharter({ ...options, decay: 0.9 }, backbone)), digest)
  assert.notEqual(charterDigest(buildCharter({ ...options, imageSize: 64 }, backbone)), digest)
  assert.notEqual(charterDigest(buildCharter({ ...options, members: [] }, backbone)), digest)
})

test('patterns become explicit modules, and the merge spec carries them', () => {
  const spec = mergeSpecOf(buildCharter({ ...options, targets: ['attention.value'] }, backbone))
  assert.deepEqual(spec.modules, [{ name: 'vit.encoder.layer.0.attention.attention.value', in: 48, out: 48 }])
  assert.equal(spec.features, 48)
})

test('what contributions carry is said where it is not the rule’s own, with a ridge that fits it', () => {
  const lora = { kind: 'lora', rank: 2, alpha: 2, seed: 's' } as const
  const built = (change: Partial<CharterOptions>) => {
    const charter = buildCharter({ ...options, ...change }, backbone)
    const again = parseCharter(formatCharter(charter), 'charter.json')
    assert.deepEqual(mergeSpecOf(again), mergeSpecOf(charter))
    const { rule, grams, wire, ridge, limits } = charter
    return [rule, grams, wire, ridge, limits.maxAbs]
  }
  const adapter = { ...lora, trains: 'A' } as const
  const f32 = { factors: 'F32', grams: 'F32' } as const
  assert.deepEqual(built({}), ['mean', undefined, undefined, 1e-6, 1e6])
  assert.ok(
    !('grams' in buildCharter({ ...options, wire: f32 }, backbone)),
    'no field for what is the default',
  )
  assert.deepEqual(built({ adapter: { ...lora, trains: 'B' } }), ['lorm', undefined, undefined, 1e-6, 1e6])
  const half = { ...f32, grams: 'BF16' }
  assert.deepEqual(
    built({ adapter }),
    ['lorm', { form: 'top-k', k: 24 }, half, 1e-6, 1e6],
    'half of 48 inputs',
  )
  assert.deepEqual(built({ adapter, wire: f32 }), ['lorm', { form: 'top-k', k: 24 }, undefined, 1e-6, 1e6])
  const ravan = { kind: 'ravan', heads: 2, rank: 2, alpha: 1, bases: 'normal', seed: 's' } as const
  assert.deepEqual(built({ adapter: ravan }), ['ravan-coupled', undefined, undefined, 1e-6, 1e6])
  assert.deepEqual(built({ adapter: ravan, wire: { grams: 'BF16' } })[3], 1e-2)
  for (const classifier of [{ rule: 'affine' }, { rule: 'regmean', alpha: 0.5 }] as const)
    assert.deepEqual(built({ classifier })[3], 1e-4)
  assert.deepEqual(built({ rule: 'mean', wire: { grams: 'BF16' } })[3], 1e-6, 'no Grams, nothing to heal')
  const shared = buildCharter({ ...options, adapter }, backbone).modules
  assert.deepEqual(shared.map(({ input }) => input), [undefined, shared[0]!.name]) // prettier-ignore
  assert.ok(buildCharter(options, backbone).modules.every((module) => !('input' in module)))
  assert.deepEqual(built({ adapter, rule: 'mean' }), ['mean', undefined, undefined, 1e-6, 1e6])
  const normal = { kind: 'ravan', heads: 2, rank: 2, alpha: 1, bases: 'normal', seed: 's' } as const
  assert.deepEqual(built({ adapter: normal }), ['ravan-coupled', undefined, undefined, 1e-6, 1e6])
  const byGrams = { rule: 'affine' } as const
  assert.deepEqual(built({ classifier: byGrams }), ['mean', undefined, undefined, 1e-4, 1e6])
  const full = { form: 'full' } as const
  assert.deepEqual(built({ adapter, grams: full }), ['lorm', full, undefined, 1e-4, 1e6])
  assert.deepEqual(built({ adapter, grams: full, wire: { grams: 'BF16' } }), ['lorm', full, half, 1e-2, 1e6]) // prettier-ignore
  assert.deepEqual(built({ wire: { factors: 'F16' } }), ['mean', undefined, { ...f32, factors: 'F16' }, 1e-6, 65_000]) // prettier-ignore
  assert.throws(() => built({ adapter, grams: { form: 'top-k', k: 48 } }), { code: 'ERR_INVALID_FILE', message: /grams\.k.*at most 47/ }) // prettier-ignore
  assert.throws(() => built({ adapter, grams: { form: 'joint' } }), { code: 'ERR_INVALID_FILE', message: /joint needs an adapter of kind 'ravan'/ }) // prettier-ignore
})

test('a target that no layer has is refused and the possible ones are named', () => {
  assert.throws(() => buildCharter({ ...options, targets: ['querry'] }, backbone), {
    code: 'ERR_NO_SUCH_MODULE',
    message: /"querry"; available: .*query/,
  })
})

test('the input is of the kind that the backbone reads, by default as large as it was made for', () => {
  const { name, classes, members } = options
  const unsaid = { name, classes, members }
  assert.deepEqual(buildCharter(unsaid, backbone).input, { kind: 'image', side: 224 })
  const reader: BackboneInfo = { ...backbone, modality: 'text', extent: 512 }
  assert.deepEqual(buildCharter(unsaid, reader).input, { kind: 'text', maxTokens: 128 })
  assert.deepEqual(buildCharter({ ...unsaid, maxTokens: 40 }, reader).input, { kind: 'text', maxTokens: 40 })
  assert.equal(inputExtent(buildCharter({ ...unsaid, maxTokens: 40 }, reader)), 40)
  assert.throws(() => buildCharter(options, reader), { code: 'ERR_INPUT_KIND', message: /reads texts/ })
  assert.throws(() => buildCharter({ ...unsaid, maxTokens: 40 }, backbone), { code: 'ERR_INPUT_KIND' })
})

const bad: readonly { readonly name: string; readonly json: string; readonly message: RegExp }[] = [
  { name: 'not JSON', json: '{"v": 1,', message: /charter\.json: not JSON/ },
  {
    name: 'a wrong type',
    json: changed((c) => (c.input = { kind: 'image', side: '112' })),
    message: /charter\.json: field input\.side: .*expected number.*got "112"; correct it/,
  },
  {
    name: 'a missing field',
    json: changed((c) => delete c.decay),
    message: /field decay: .*got nothing/,
  },
  {
    name: 'a misspelt field',
    json: changed((c) => (c.decai = 0.9)),
    message: /unknown field "decai" \(nearest known: "decay"\); remove it or correct its spelling/,
  },
  {
    name: 'a nested value out of range',
    json: changed((c) => (c.schedule = { kind: 'continuous', contributionsPerTask: 0 })),
    message: /field schedule\.contributionsPerTask: .*got 0/,
  },
  {
    name: 'a rule whose result training cannot start from',
    json: changed((c) => (c.rule = 'ravan-dense')),
    message:
      /field rule: .*a merge by ravan-dense is a state of a larger adapter; .*peermerge merge --rule ravan-dense/,
  },
  {
    name: 'a rule that its adapter cannot serve',
    json: changed((c) => (c.rule = 'lorm')),
    message:
      /field rule: .*lorm needs an adapter of kind 'lora' that trains 'B' or 'A', or 'AB' under the staged schedule, got "lorm"/,
  },
  {
    name: 'a class named twice',
    json: changed((c) => (c.classes = ['pore', 'crack', 'pore'])),
    message: /field classes: .*"pore" twice/,
  },
  {
    name: 'a member that is no peer id',
    json: changed((c) => (c.members = [{ id: 'foundry', name: 'foundry' }])),
    message: /field members\[0\]\.id: expected an Ed25519 peer id.*got "foundry"/,
  },
  {
    name: 'masked statistics',
    json: changed((c) => (c.privacy = { noise: 0, masked: true })),
    message:
      /field privacy\.masked: masked statistics are not merged by this version: expected false, got true/,
  },
]

for (const { name, json, message } of bad) {
  test(`a charter with ${name} is refused by name`, () => {
    assert.throws(() => parseCharter(json, 'charter.json'), { code: 'ERR_INVALID_FILE', message })
  })
}

test('sums: exact becomes part of the merge, ordered is what a charter without the field says', () => {
  const [ordered, exact] = (['ordered', 'exact'] as const).map((sums) =>
    buildCharter({ ...options, sums }, backbone),
  )
  assert.ok(!('sums' in ordered!) && !('sums' in mergeSpecOf(ordered!)))
  assert.equal(mergeSpecOf(exact!).sums, 'exact')
  assert.ok(!('sums' in mergeSpecOf({ ...ordered!, sums: 'ordered' })))
  assert.throws(() => buildCharter({ ...options, sums: 'exact', decay: 0.5 }, backbone), {
    message: /sums.*decay of 1/,
  })
})

test('new charters limit single contributions unless told not to, and the merge spec says so', () => {
  const charter = buildCharter(options, backbone)
  assert.deepEqual(mergeSpecOf(charter).robust, DEFAULT_ROBUST)
  const plain = buildCharter({ ...options, robust: null }, backbone)
  assert.ok(
    !('robust' in plain) && !('robust' in mergeSpecOf(plain)),
    'absent, so that digests are those without',
  )
  assert.notEqual(charterDigest(plain), charterDigest(charter))
  const file = formatCharter(charter).replace('"clip": 1.5', '"clip": 0.5')
  assert.throws(() => parseCharter(file, 'charter.json'), /robust\.clip/)
})
