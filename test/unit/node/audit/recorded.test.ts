import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import type { StoredContribution } from '../../../../src/node/types.ts'
import { catchUp } from '../../../../src/node/audit/catch-up.ts'
import { draftOf, isRecorded } from '../../../../src/node/audit/draft-of-event.ts'
import { entryText } from '../../../../src/node/audit/entry-text.ts'
import { factsOf } from '../../../../src/node/audit/audit-kinds.ts'
import { LogState } from '../../../../src/node/audit/log-state.ts'
import { changedSettings, recordedSettings } from '../../../../src/node/audit/recorded-settings.ts'
import { configSchema } from '../../../../src/node/home.ts'

function merged(digest: string, cut: readonly string[]): NodeEvent {
  return { type: 'merged', digest, cut, cutDigest: 'cc', generation: 1 } as unknown as NodeEvent
}

test('of a merge the difference is recorded, from which every cut comes out again', () => {
  const state = new LogState()
  const record = (event: NodeEvent): unknown => {
    const draft = draftOf(event, state)
    if (draft !== null) state.add({ v: 1, sequence: 1, time: 0, previous: null, ...draft })
    return draft?.kind === 'merge-computed' ? [draft.facts.added, draft.facts.removed] : draft
  }
  assert.deepEqual(record(merged('1', ['a', 'b'])), [['a', 'b'], []])
  assert.deepEqual(record(merged('2', ['b', 'c', 'd'])), [['c', 'd'], ['a']])
  assert.equal(record(merged('2', ['b', 'c', 'd'])), null, 'computed again after a restart')
  assert.deepEqual([...state.merge!.cut].sort(), ['b', 'c', 'd'])
})

test('what is no matter of an audit is passed over', () => {
  const progress = { type: 'peer', peer: 'p', name: 'mill', connected: true } as const
  assert.equal(isRecorded(progress), false)
  assert.equal(draftOf(progress, new LogState()), null)
})

test('settings are kept as they are, places as digests, and a change names the field', () => {
  const config = configSchema.parse({ v: 1, name: 'foundry', backbone: '/models/vit', data: '/patients' })
  const before = recordedSettings(config, null)
  assert.doesNotMatch(JSON.stringify(before), /patients|models/)
  assert.deepEqual(before.floors, {})
  const after = recordedSettings({ ...config, data: '/other', publish: { worseThanBase: 'warn' } }, 'ab')
  const changes = changedSettings(before, after)
  assert.deepEqual(changes.map(({ field }) => field), ['data', 'policy', 'publish']) // prettier-ignore
  assert.deepEqual(changes[1], { field: 'policy', before: null, after: 'sha256 ab' })
  assert.deepEqual(changes[2], { field: 'publish', before: { worseThanBase: 'refuse' }, after: { worseThanBase: 'warn' } }) // prettier-ignore
  assert.deepEqual(changedSettings(before, recordedSettings(config, null)), [])
})

test('a start records what the log does not know, and tensors that were not here when it was recorded', async () => {
  const contribution = (id: string, state: string): StoredContribution => ({ id, state, header: { payload: { chunks: ['x'], size: 1, digest: 'd' }, classCounts: [1] } }) as unknown as StoredContribution // prettier-ignore
  const statement = (id: string) => ({ id, author: 'a', name: 'mill', text: 'leave' })
  const state = new LogState()
  state.statements.add('s1')
  state.admitted.add('a1')
  state.published.set('whole', true).set('gone', false).set('back', false)
  const store = { getChunk: () => Promise.resolve(undefined), getEnvelope: () => Promise.resolve(undefined) }
  const contents = {
    statements: [statement('s1'), statement('s2')],
    others: ['a1', 'a2'].map((id) => ({ id, peer: 'p', name: 'mill', sequence: 1 })),
    own: [contribution('whole', 'admitted'), contribution('gone', 'pruned'), contribution('back', 'admitted'), contribution('new', 'pruned')], // prettier-ignore
  }
  const { signal } = new AbortController()
  const drafts = await catchUp(state, contents, store, signal)
  assert.deepEqual(drafts.map(({ facts }) => 'id' in facts && facts.id), ['s2', 'a2', 'back', 'new']) // prettier-ignore
  const stopping = await catchUp(state, contents, store, AbortSignal.abort())
  assert.deepEqual(stopping.map(({ facts }) => 'id' in facts && facts.id), ['s2', 'a2'], 'payloads wait for the next start') // prettier-ignore
  assert.ok(drafts.every((draft) => draft.kind !== 'contribution-published' || draft.facts.isLate))
})

test('text of a stranger garbles no terminal', () => {
  const facts = { reason: 'x', text: 'a\u001b[2Jb\u202ec' }
  assert.equal(factsOf({ kind: 'publish-refused', facts }, 'publish-refused')?.text, 'a\ufffd[2Jb\ufffdc')
  assert.doesNotMatch(entryText({ kind: 'publish-refused', facts }), /\u001b/)
})
