import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource } from '../../../src/merge/format/byte-source.ts'
import { headName } from '../../../src/merge/format/contribution-tensors.ts'
import { gramName } from '../../../src/merge/format/gram-tensors.ts'
import { matrixFromTensor } from '../../../src/merge/linear/matrix.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { packedLength, unpackSymmetric } from '../../../src/merge/linear/packed-symmetric.ts'
import type {
  ContributionHeader,
  ContributionView,
  Matrix,
  MergeSpec,
  Tensor,
} from '../../../src/merge/types.ts'
import { validateHeader } from '../../../src/merge/admit/validate-header.ts'
import { validatePayload } from '../../../src/merge/admit/validate-payload.ts'
import { admit, CHARTER, makeContribution, makeSpec, RAVAN } from './fixtures.ts'
import type { Made } from './fixtures.ts'
import { kernelMerge } from './vectors.ts'

const HEADS = 3
const { rank } = RAVAN
const LENGTH = packedLength(rank)
const modules = [
  { name: 'layer.0.query', in: 11, out: 6 },
  { name: 'layer.1.value', in: 7, out: 9 },
] as const
const [QUERY, VALUE] = [modules[0].name, modules[1].name]
const ravan = makeSpec({ rule: 'ravan', adapter: { ...RAVAN, heads: HEADS }, modules })
const mean = makeSpec({ rule: 'mean', adapter: { ...RAVAN, heads: HEADS, bases: 'normal' }, modules })

/** A contribution with only these heads of each module, by the module's name. */
function partial(
  spec: MergeSpec,
  heads: Readonly<Record<string, readonly number[]>>,
  header: Partial<ContributionHeader> & { readonly peer: string },
  change: Readonly<Record<string, Tensor>> = {},
): Made {
  const seed = `${header.peer} ${header.sequence ?? 1}`
  const whole = admit(spec, makeContribution({ spec, peer: header.peer, seed, header }))
  const tensors: Record<string, Tensor | undefined> = {}
  for (const { name } of modules) {
    const kept = heads[name]!
    for (let head = 0; head < HEADS; head++) {
      if (!kept.includes(head)) tensors[headName(name, head)] = undefined
    }
    if (spec.rule === 'mean') continue
    const gram = whole.tensor(gramName(name)).data
    const rows = kept.flatMap((head) => [...gram.subarray(head * LENGTH, (head + 1) * LENGTH)])
    tensors[gramName(name)] = { shape: [kept.length, LENGTH], data: Float32Array.from(rows) }
  }
  return makeContribution({ spec, peer: header.peer, seed, header, tensors: { ...tensors, ...change } })
}

const both = (...heads: number[]) => ({ [QUERY]: heads, [VALUE]: heads })
const merge = (spec: MergeSpec, views: readonly ContributionView[]) =>
  mergeContributions(spec, { charter: CHARTER }, views)

for (const [rule, spec] of [
  ['ravan', ravan],
  ['mean', mean],
] as const) {
  test(`${rule}: some heads are a contribution, other ones at each module, as many at every module`, () => {
    const made = partial(spec, { [QUERY]: [0, 2], [VALUE]: [1, 2] }, { peer: 'peer-a' })
    const view = admit(spec, made)
    assert.deepEqual(
      [0, 1, 2].map((head) => view.has(headName(QUERY, head))),
      [true, false, true],
    )
  })

  const refused: readonly (readonly [string, string, Made])[] = [
    [
      'more heads at one module',
      'uneven-heads',
      partial(spec, { [QUERY]: [0, 2], [VALUE]: [1] }, { peer: 'a' }),
    ],
    ['no head at one module', 'missing-tensor', partial(spec, { [QUERY]: [0], [VALUE]: [] }, { peer: 'a' })],
  ]
  for (const [what, reason, { header, payload }] of refused) {
    test(`${rule}: ${what}: ${reason}`, () => {
      const checked = validatePayload(spec, header, memorySource(payload))
      assert.equal(checked.ok ? 'admitted' : checked.reason, reason)
    })
  }

  test(`${rule}: a head that nobody has trained keeps its start, whatever the others say`, () => {
    const views = ['peer-a', 'peer-b'].map((peer) => admit(spec, partial(spec, both(0, 2), { peer })))
    const { adapter } = merge(spec, views)
    assert.equal(adapter.size, modules.length * HEADS)
    for (const { name } of modules) {
      assert.ok(adapter.get(headName(name, 1))!.data.every((value) => value === 0))
      for (const head of [0, 2])
        assert.ok(adapter.get(headName(name, head))!.data.every((value) => value !== 0))
    }
  })

  test(`${rule}: a head that is left out this time keeps the state that its site sent before`, () => {
    const first = admit(spec, partial(spec, both(0, 1), { peer: 'peer-a', sequence: 1, generation: 1 }))
    const second = admit(spec, partial(spec, both(1, 2), { peer: 'peer-a', sequence: 2, generation: 2 }))
    const third = admit(spec, partial(spec, both(1, 2), { peer: 'peer-a', sequence: 3, generation: 3 }))
    const { adapter, cut, generation } = merge(spec, [second, third, first])
    for (const [head, from] of [
      [0, first],
      [1, third],
      [2, third],
    ] as const) {
      const own = from.tensor(headName(VALUE, head)).data
      adapter
        .get(headName(VALUE, head))!
        .data.forEach((value, i) =>
          assert.ok(Math.abs(value - own[i]!) <= 1e-5 * Math.max(1, Math.abs(own[i]!)), `head ${head}`),
        )
    }
    assert.deepEqual(cut, [first.id, third.id].sort())
    assert.equal(generation, 3)
  })
}

test('a row of Grams too many, or heads in the wrong number of rows, is refused', () => {
  const gram: Tensor = { shape: [3, LENGTH], data: new Float32Array(3 * LENGTH).fill(1) }
  const { header, payload } = partial(ravan, both(0, 2), { peer: 'a' }, { [gramName(QUERY)]: gram })
  const checked = validatePayload(ravan, header, memorySource(payload))
  assert.equal(checked.ok ? 'admitted' : checked.reason, 'wrong-shape')
})

test('every head is summed over those who have trained it, with its own Gram', () => {
  const trained = { 'peer-a': [0, 1], 'peer-b': [1, 2], 'peer-c': [0, 1, 2] }
  const views = Object.entries(trained).map(([peer, heads]) =>
    admit(ravan, partial(ravan, both(...heads), { peer })),
  )
  const whole = new Map(
    Object.keys(trained).map((peer) => [
      peer,
      admit(ravan, makeContribution({ spec: ravan, peer, seed: `${peer} 1`, header: {} })),
    ]),
  )
  const { adapter } = merge(ravan, views)
  for (const { name } of modules) {
    for (let head = 0; head < HEADS; head++) {
      const holders = views
        .filter(({ header: { peer } }) => trained[peer as keyof typeof trained].includes(head))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      const terms = holders.map(({ header: { peer } }) => {
        const source = whole.get(peer)!
        const packed = source.tensor(gramName(name)).data.subarray(head * LENGTH, (head + 1) * LENGTH)
        const core = matrixFromTensor('core', source.tensor(headName(name, head)), rank, rank)
        return { id: source.id, core, gram: unpackSymmetric(packed, rank) }
      })
      const expected = Float32Array.from(mergeHead(terms, ravan.ridge).data)
      assert.deepEqual(adapter.get(headName(name, head))!.data, expected, `${name}, head ${head}`)
    }
  }
})

test('a head that only a site long gone has trained is merged, not lost to its age', () => {
  const old = admit(ravan, partial(ravan, both(0, 1), { peer: 'peer-a', generation: 1 }))
  const late = admit(ravan, partial(ravan, both(1), { peer: 'peer-b', generation: 5000 }))
  const { adapter } = merge(ravan, [old, late])
  const own = old.tensor(headName(QUERY, 0)).data
  adapter
    .get(headName(QUERY, 0))!
    .data.forEach((value, i) => assert.ok(Math.abs(value - own[i]!) <= 1e-5 * Math.max(1, Math.abs(own[i]!))))
})

test('the size of a payload is judged from one head a module to all of them', () => {
  const { header, payload } = partial(ravan, both(2), { peer: 'a' })
  assert.deepEqual(validateHeader(ravan, header), { ok: true })
  const judged = validateHeader(ravan, { ...header, payload: { ...header.payload, size: 100 } })
  assert.equal(judged.ok ? 'admitted' : judged.reason, 'payload-size')
  assert.ok(payload.length < 4000)
})

test('heads between bases that are not orthonormal are not merged one by one', () => {
  assert.throws(() => makeSpec({ rule: 'ravan', adapter: { ...RAVAN, bases: 'normal' } }), {
    code: 'ERR_MERGE_SPEC',
    message: /exact for orthonormal bases only; take bases 'gram-schmidt' or the rule ravan-coupled/,
  })
})

function mergeHead(
  terms: readonly { readonly id: string; readonly core: Matrix; readonly gram: Matrix }[],
  ridge: number,
): Matrix {
  const of = <K extends 'id' | 'core' | 'gram'>(key: K) => terms.map((term) => term[key])
  return kernelMerge(of('id'), of('core'), of('gram'), 1, ridge)
}
