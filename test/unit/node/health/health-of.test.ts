import assert from 'node:assert/strict'
import { test } from 'node:test'
import { healthOf } from '../../../../src/node/health/health-of.ts'
import type { NodeActivity, NodeStatus } from '../../../../src/node/status/types.ts'

type Facts = Parameters<typeof healthOf>[0]

const merge = { digest: 'd' } as NodeStatus['merge']
const all = { holding: ['mill', 'press'], others: [], of: 2, text: 'all 2 members hold this merge' }

function facts(kind: NodeActivity['kind'], more: Partial<Facts> = {}): Facts {
  return { activity: { kind, text: `it is ${kind}`, waitingFor: [] }, merge, agreement: all, ...more }
}

test('a node that does its work is ready, whatever of it; one that starts, has failed or stops is not', () => {
  for (const kind of ['training', 'measuring', 'merging', 'waiting', 'idle'] as const)
    assert.equal(healthOf(facts(kind)).ready, true, kind)
  for (const kind of ['starting', 'failed', 'stopped'] as const) {
    const { live, ready, why } = healthOf(facts(kind))
    assert.deepEqual([live, ready, why.ready], [true, false, `it is ${kind}`])
  }
})

test('it is in agreement when every member holds its merge, and only then', () => {
  assert.equal(healthOf(facts('idle')).agreement, true)
  const some = { holding: ['mill'], others: ['press'], of: 2, text: '1 of 2 hold this merge' }
  const { ready, agreement, why } = healthOf(facts('idle', { agreement: some }))
  assert.deepEqual([ready, agreement, why.agreement], [true, false, some.text])
})

test('without a merge nobody can agree, though nobody disagrees', () => {
  const { agreement, why } = healthOf(facts('idle', { merge: null, agreement: { ...all, holding: [] } }))
  assert.deepEqual([agreement, why.agreement], [false, 'there is no merge yet'])
})
