import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditDraft } from '../../../../src/node/audit/audit-kinds.ts'
import { chosenDrafts } from '../../../../src/node/audit/chosen-drafts.ts'
import { LogState } from '../../../../src/node/audit/log-state.ts'
import { mergeHistory } from '../../../../src/node/audit/merge-history.ts'
import type { Served } from '../../../../src/node/serving/served-model.ts'
import { logFixture } from './chain-fixture.ts'

function merged(digest: string, added: string[], removed: string[] = []): AuditDraft {
  return { kind: 'merge-computed', facts: { digest, cutDigest: 'c', generation: added.length, contributions: 1, added, removed } } // prettier-ignore
}

function statement(id: string): AuditDraft {
  return { kind: 'ledger-statement', facts: { id, author: 'a', name: 'mill', text: 'opens a task' } }
}

test('of an earlier merge the log says what it was made of, and what the ledger said then', async () => {
  await using log = await logFixture()
  await log.run([merged('a1', ['x', 'y']), statement('s1'), merged('a2', ['w', 'z'], ['x'])])
  await log.run([statement('s2'), merged('b3', [], ['w', 'y'])])
  const { digests, found } = await mergeHistory(log.file, 'a')
  assert.deepEqual(digests, ['b3', 'a2', 'a1'])
  assert.deepEqual([...found.keys()], ['a1', 'a2'])
  assert.deepEqual(found.get('a2'), { digest: 'a2', generation: 2, cut: ['w', 'y', 'z'], statements: new Set(['s1']) }) // prettier-ignore
  assert.deepEqual(found.get('a1')!.cut, ['x', 'y'])
})

test('a merge that came back is listed once, where it was last; without a log there is no history', async () => {
  await using log = await logFixture()
  await log.run([merged('1', ['x']), merged('2', ['y']), merged('1', [], ['y'])])
  assert.deepEqual((await mergeHistory(log.file, '')).digests, ['1', '2'])
  assert.deepEqual((await mergeHistory(`${log.file}.none`, '')).digests, [])
})

test('what a person has chosen is recorded once, with the name that was given; what a node takes up is not', () => {
  const current: Served = { kind: 'alone', digest: 'd'.repeat(64), sha256: 'd'.repeat(64), since: 7, by: 'person', who: 'Dr. Meyer', reason: 'rolled back by a person', heldOut: null } // prettier-ignore
  const state = new LogState()
  const [draft] = chosenDrafts(state, { current, follows: 'nothing' })
  assert.deepEqual(draft!.facts, { model: 'alone', digest: current.digest, since: 7, follows: 'nothing', who: 'Dr. Meyer', reason: current.reason }) // prettier-ignore
  state.add({ v: 1, sequence: 1, time: 0, previous: null, ...draft! })
  assert.deepEqual(chosenDrafts(state, { current, follows: 'nothing' }), [])
  assert.equal(chosenDrafts(state, { current: { ...current, since: 8 }, follows: 'nothing' }).length, 1)
  assert.deepEqual(chosenDrafts(new LogState(), { current: { ...current, by: 'node' }, follows: 'merged' }), []) // prettier-ignore
  assert.deepEqual(chosenDrafts(state, undefined), [])
})
