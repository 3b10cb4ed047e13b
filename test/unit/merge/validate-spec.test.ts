import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeermergeError } from '../../../src/errors.ts'
import { validateMergeSpec } from '../../../src/merge/admit/validate-spec.ts'
import { LORA, makeSpec, RAVAN } from './fixtures.ts'

const module = { name: 'layer.0.query', in: 8, out: 5 }
const analytic = { rule: 'analytic', features: 'frozen', ridge: 1e-2 }

const BAD: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ['another kernel', 'kernel', { kernel: 2 }],
  ['a field that nobody knows', 'spec', { speed: 1 }],
  ['an unknown rule', 'rule', { rule: 'vote' }],
  ['lorm on A and B', 'rule', { adapter: { ...LORA, trains: 'AB' } }],
  ['lorm on ravan heads', 'rule', { adapter: RAVAN }],
  ['ravan-coupled on lora', 'rule', { rule: 'ravan-coupled' }],
  [
    'ravan-dense on single Grams',
    'grams',
    { rule: 'ravan-dense', adapter: RAVAN, grams: { form: 'projected' } },
  ],
  ['regmean on one factor', 'rule', { rule: 'regmean', grams: { form: 'full' } }],
  ['regmean without a form of Grams', 'grams', { rule: 'regmean', adapter: { ...LORA, trains: 'AB' } }],
  ['an off-diagonal that grows', 'classifier.alpha', { classifier: { rule: 'regmean', alpha: 1.5 } }],
  ['a field that affine has not', 'classifier', { classifier: { rule: 'affine', alpha: 0.5 } }],
  ['a ridge below a whole Gram’s rounding', 'ridge', { classifier: { rule: 'affine' } }],
  ['ravan on lora', 'rule', { rule: 'ravan' }],
  ['no ridge under float32 Grams', 'ridge', { ridge: 0 }],
  ['a NaN ridge', 'ridge', { ridge: NaN }],
  ['a decay of zero', 'decay', { decay: 0 }],
  ['a growing decay', 'decay', { decay: 1.01 }],
  ['a rank above the width of a module', 'adapter', { adapter: { ...LORA, rank: 6 } }],
  ['more heads than directions', 'adapter', { rule: 'mean', adapter: { ...RAVAN, heads: 3 } }],
  ['rank zero', 'adapter.rank', { adapter: { ...LORA, rank: 0 } }],
  ['no modules', 'modules', { modules: [] }],
  ['a module twice', 'modules', { modules: [module, module] }],
  ['a module with a line break', 'modules.0.name', { modules: [{ ...module, name: 'a\nb' }] }],
  ['no classes', 'classes', { classes: [] }],
  ['a class twice', 'classes', { classes: ['crack', 'dent', 'crack'] }],
  [
    'a discriminant with too little ridge',
    'classifier.ridge',
    { classifier: { ...analytic, fit: 'discriminant', ridge: 9e-4 } },
  ],
  ['an analytic classifier without ridge', 'classifier.ridge', { classifier: { ...analytic, ridge: 0 } }],
  [
    'counts beyond float32',
    'limits.maxCount',
    { limits: { maxCount: 2 ** 25, maxAbs: 1, maxGenerationLead: 1 } },
  ],
  ['features without end', 'features', { features: 100_000 }],
  [
    'a payload without end',
    'modules',
    {
      adapter: { ...LORA, rank: 512 },
      modules: [1, 2, 3].map((i) => ({ name: `m${i}`, in: 65_536, out: 65_536 })),
    },
  ],
]

for (const [what, field, changes] of BAD) {
  test(`a spec with ${what} is refused; the error names ${field}`, () => {
    assert.throws(
      () => validateMergeSpec({ ...makeSpec(), ...changes }),
      (error: PeermergeError) => error.code === 'ERR_MERGE_SPEC' && error.detail.field === field,
    )
  })
}

test('a sound spec comes back as it is; anything that is no object is refused', () => {
  assert.deepEqual(validateMergeSpec(makeSpec()), makeSpec())
  for (const value of [null, undefined, 5, 'spec', []]) {
    assert.throws(() => validateMergeSpec(value), { code: 'ERR_MERGE_SPEC' })
  }
})
