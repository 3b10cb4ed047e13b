import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeModules } from '../../../src/merge/merge-modules.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { admitted, CHARTER, everySpec, makeSpec } from './fixtures.ts'

for (const [name, spec] of everySpec()) {
  test(`${name}: modules merged apart are those of the whole merge`, () => {
    const views = ['a', 'b', 'c'].map((peer) => admitted({ spec, peer }))
    const expected = mergeContributions(spec, { charter: CHARTER }, views)
    const names = spec.modules.map((module) => module.name)
    const parts = [...names].reverse().map((module) => mergeModules(spec, [...views].reverse(), [module]))
    const modules = new Map(parts.flatMap((part) => [...part]))
    assert.deepEqual(mergeContributions(spec, { charter: CHARTER }, views, modules), expected)
  })
}

test('the modules of nobody have their start values', () => {
  const spec = makeSpec()
  const names = spec.modules.map((module) => module.name)
  const apart = mergeContributions(spec, { charter: CHARTER }, [], mergeModules(spec, [], names))
  assert.deepEqual(apart, mergeContributions(spec, { charter: CHARTER }, []))
})
