import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_ROBUST, type MergeSpec } from '../../../src/merge/index.ts'
import { changeSpec, isChange, type SpecChange } from '../../../src/node/what-if-spec.ts'
import { LORA, makeSpec, RAVAN } from '../merge/fixtures.ts'

const full = { form: 'full' } as const
const lorm = makeSpec()

test('nothing changed is the charter’s own spec; a named rule that is the charter’s, too', () => {
  assert.equal(isChange({ rule: undefined }), false)
  assert.deepEqual(changeSpec(lorm, { rule: 'lorm', decay: lorm.decay }), lorm)
})

test('a rule that needs less reads what there is, Grams in their form', () => {
  assert.deepEqual(changeSpec(lorm, { rule: 'mean' }), {
    ...lorm,
    rule: 'mean',
    grams: { form: 'projected' },
  })
  const ridge = makeSpec({ grams: full, ridge: 1e-4 })
  assert.deepEqual(changeSpec(ridge, { shrink: 0.5, decay: 1 }), { ...ridge, grams: { form: 'full', shrink: 0.5 }, decay: 1 }) // prettier-ignore
})

test('rules of which training cannot start are for such merges', () => {
  const ravan = makeSpec({ rule: 'ravan', adapter: RAVAN, grams: { form: 'joint' } })
  for (const rule of ['ravan-coupled', 'ravan-dense'] as const) {
    assert.deepEqual(changeSpec(ravan, { rule }), { ...ravan, rule })
  }
  const both = makeSpec({ rule: 'mean', adapter: { ...LORA, trains: 'AB' }, grams: full, ridge: 1e-4 })
  assert.deepEqual(changeSpec(both, { rule: 'regmean' }), { ...both, rule: 'regmean' })
})

test('limits are those of the charter, those that are asked for, or left out where the rule keeps none', () => {
  const limited = makeSpec({
    rule: 'mean',
    adapter: { ...LORA, trains: 'AB' },
    grams: full,
    ridge: 1e-4,
    robust: DEFAULT_ROBUST,
  })
  const { robust, ...unlimited } = limited
  assert.ok(robust)
  const other = { normalise: false, countCap: { atMost: 9 } }
  assert.deepEqual(changeSpec(limited, { decay: 1 }).robust, DEFAULT_ROBUST)
  assert.deepEqual(changeSpec(limited, { robust: other }).robust, other)
  assert.deepEqual(changeSpec(limited, { robust: null }), unlimited)
  assert.deepEqual(changeSpec(limited, { rule: 'regmean' }), { ...unlimited, rule: 'regmean' })
  assert.throws(() => changeSpec(limited, { rule: 'regmean', robust: other }), /robust: the rule regmean/)
})

const REFUSED: readonly (readonly [string, MergeSpec, SpecChange, string, RegExp])[] = [
  ['a rule by Grams of contributions without them', makeSpec({ rule: 'mean' }), { rule: 'lorm' }, 'ERR_RULE_NEEDS', /rule lorm: needs gram\/layer\.0\.query \[6\] of F32.*rule mean.*not there/], // prettier-ignore
  [
    'a rule for another adapter',
    lorm,
    { rule: 'ravan' },
    'ERR_MERGE_SPEC',
    /ravan needs an adapter of kind 'ravan'/,
  ],
  ['lorm of two factors', makeSpec({ rule: 'mean', adapter: { ...LORA, trains: 'AB' } }), { rule: 'lorm' }, 'ERR_MERGE_SPEC', /trains 'B' or 'A'/], // prettier-ignore
  ['all heads at once of Grams of single heads', makeSpec({ rule: 'ravan', adapter: RAVAN }), { rule: 'ravan-dense' }, 'ERR_MERGE_SPEC', /needs joint Grams/], // prettier-ignore
  ['sharing entries without masks', lorm, { rule: 'fedselect' }, 'ERR_RULE_NEEDS', /needs mask\/layer\.0\.query\/lora_B \[2\] of U8/], // prettier-ignore
  ['a mean of what is partly personal', makeSpec({ rule: 'fedselect' }), { rule: 'mean' }, 'ERR_RULE_NEEDS', /needs whole adapters.*personal entries are left out/], // prettier-ignore
  ['shrinking projected Grams', lorm, { shrink: 0.5 }, 'ERR_MERGE_SPEC', /grams/],
  ['a ridge below the rounding of Grams', makeSpec({ rule: 'ravan', adapter: RAVAN }), { ridge: 1e-9 }, 'ERR_MERGE_SPEC', /need at least 1e-7/], // prettier-ignore
]
for (const [what, charter, change, code, message] of REFUSED) {
  test(`${what} is refused`, () => assert.throws(() => changeSpec(charter, change), { code, message }))
}
