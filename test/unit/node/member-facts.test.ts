import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContributionState } from '../../../src/gossip/index.ts'
import type { ContributionHeader } from '../../../src/merge/index.ts'
import { ownRecord } from '../../../src/node/member-facts.ts'
import type { StoredContribution } from '../../../src/node/types.ts'

function stored(
  peer: string,
  sequence: number,
  generation: number,
  state: ContributionState,
): StoredContribution {
  const header = { peer, sequence, generation, kind: 'adapter', anchor: null } as ContributionHeader
  return { id: `${peer}-${sequence}`, header, state, reason: null }
}

test('an own contribution that is fetched again still counts, a rejected one and those of others do not', () => {
  const all = [
    stored('mill', 1, 1, 'admitted'),
    stored('mill', 2, 3, 'fetching'),
    stored('mill', 3, 9, 'rejected'),
    stored('mill', 4, 1, 'pruned'),
    stored('press', 1, 7, 'admitted'),
  ]
  const list = (...states: ContributionState[]) => all.filter(({ state }) => states.includes(state))
  const store = { list }
  const { adapters, generation, ids } = ownRecord('mill', store)
  assert.equal(adapters, 3)
  assert.equal(generation, 3)
  assert.deepEqual(ids, ['mill-1', 'mill-2', 'mill-4'])
})
