import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personalContradiction, personalSchema } from '../../../../src/node/personal/personal-rules.ts'

const adapter = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', scaling: 'standard', seed: 's' } as const
const FEDSELECT = { method: 'fedselect', every: 3, share: 0.25, limit: 0.8 } as const
const MEANS = { method: 'means', strength: 16 } as const
const DISCRIMINANT = { rule: 'analytic', features: 'merged', fit: 'discriminant', ridge: 0.1 } as const
const eight = { kind: 'continuous', contributionsPerTask: 8 } as const
const about = (change: Partial<Parameters<typeof personalContradiction>[0]>) =>
  personalContradiction({ adapter, rule: 'mean', schedule: eight, classifier: { rule: 'counts' }, ...change })

test('what fits is taken as it is', () => {
  assert.equal(about({}), undefined)
  assert.equal(about({ personal: { method: 'fedalt', rest: 'products' } }), undefined)
  assert.equal(about({ personal: FEDSELECT, rule: 'fedselect' }), undefined)
  for (const schedule of [eight, { kind: 'one-shot' }] as const)
    assert.equal(about({ personal: MEANS, schedule, classifier: DISCRIMINANT }), undefined)
})

test('what does not fit is named by its field, with what was expected', () => {
  const found = [
    about({ personal: FEDSELECT }),
    about({ personal: FEDSELECT, rule: 'fedselect', schedule: { kind: 'one-shot' } }),
    about({ personal: FEDSELECT, rule: 'fedselect', schedule: { ...eight, contributionsPerTask: 4 } }),
    about({ personal: { method: 'fedalt', rest: 'factors' }, rule: 'fedselect' }),
    about({ personal: { method: 'fedalt', rest: 'gram' } }),
    about({ personal: MEANS }),
    about({ personal: MEANS, classifier: { ...DISCRIMINANT, fit: 'ridge' } }),
    about({ personal: MEANS, classifier: DISCRIMINANT, schedule: { kind: 'staged', rounds: 2, grams: { B: { form: 'projected' }, A: { form: 'diagonal' } } } }), // prettier-ignore
  ]
  const paths = [
    'rule',
    'schedule.kind',
    'schedule.contributionsPerTask',
    'rule',
    'personal.rest',
    'classifier',
    'classifier',
    'schedule.kind',
  ]
  assert.deepEqual(found.map((one) => one?.path.join('.')), paths) // prettier-ignore
  assert.match(found[2]!.message, /expected more than 4, got 4: nothing would become personal/)
  assert.match(found.at(-1)!.message, /expected continuous or one-shot, got staged/)
})

test('shares and limits outside their range, and unknown fields, are refused', () => {
  for (const change of [{ share: 0 }, { share: 1.1 }, { limit: -0.1 }, { every: 0 }, { rest: 'factors' }])
    assert.equal(personalSchema.safeParse({ ...FEDSELECT, ...change }).success, false, JSON.stringify(change)) // prettier-ignore
})
