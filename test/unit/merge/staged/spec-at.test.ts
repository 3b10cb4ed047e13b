import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedTensors } from '../../../../src/merge/format/contribution-tensors.ts'
import { specAt } from '../../../../src/merge/staged/spec-at.ts'
import { makeSpec } from '../fixtures.ts'
import { stagedSpec } from './two-sites.ts'

test('what belongs to no round is checked by the spec as it is', () => {
  const spec = stagedSpec()
  assert.equal(specAt(spec, undefined), spec)
})

test('a round is checked by its phase: the factor that it trains, and its form of Grams', () => {
  const spec = stagedSpec()
  const [b, a, end] = (['B', 'A', 'end'] as const).map((phase) => specAt(spec, { phase }))
  assert.deepEqual([b!.adapter, b!.grams], [{ ...spec.adapter, trains: 'B' }, { form: 'projected' }])
  assert.deepEqual([a!.adapter, a!.grams], [{ ...spec.adapter, trains: 'A' }, { form: 'full' }])
  assert.deepEqual(end, a)
  for (const one of [b!, a!]) assert.deepEqual([one.rule, one.staged], ['lorm', undefined])
})

test('payloads of a phase hold one factor, and Grams alone those of whole inputs', () => {
  const spec = stagedSpec()
  const names = (phase: 'B' | 'A' | 'end', kind: 'adapter' | 'grams'): string[] =>
    [...expectedTensors(specAt(spec, { phase }), kind).keys()].filter((name) => name.includes('query')).sort()
  assert.deepEqual(names('B', 'adapter'), ['adapter/layer.0.query/lora_B', 'gram/layer.0.query'])
  assert.deepEqual(names('A', 'adapter'), ['adapter/layer.0.query/lora_A', 'gram/layer.0.query'])
  assert.deepEqual(names('end', 'grams'), ['gram/layer.0.query'])
  const { shape } = expectedTensors(specAt(spec, { phase: 'end' }), 'grams').get('gram/layer.0.query')!
  assert.deepEqual(shape, [(8 * 9) / 2])
})

test('a spec without rounds has no phases', () => {
  assert.throws(() => specAt(makeSpec(), { phase: 'B' }), TypeError)
})
