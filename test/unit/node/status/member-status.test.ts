import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContributionHeader } from '../../../../src/merge/index.ts'
import { memberStatus } from '../../../../src/node/status/member-status.ts'
import type { StoredContribution } from '../../../../src/node/types.ts'
import { sampleCharter } from '../sample-contributions.ts'

function stored(peer: string): StoredContribution {
  const header = { peer, sequence: 1, generation: 1, kind: 'adapter', anchor: null } as ContributionHeader
  return { id: `${peer}-1`, header, state: 'admitted', reason: null }
}

test('a former member is listed as removed as long as a contribution of its counts, and no longer', () => {
  const counting = [stored('mill'), stored('press')]
  const rows = memberStatus({
    charter: sampleCharter([]),
    charterDigest: 'c',
    self: 'mill',
    roster: {
      members: [{ id: 'mill', name: 'Mill' }],
      former: [
        { id: 'press', name: 'Press' },
        { id: 'anvil', name: 'Anvil' },
      ],
    },
    store: { list: () => counting, get: (id) => counting.find((one) => one.id === id) },
    network: { connections: () => [], receipts: () => new Map() },
    merge: null,
    ledger: null,
    wallNow: 0,
    lastSeen: () => null,
  })
  assert.deepEqual(
    rows.map(({ name, standing, adapters }) => [name, standing, adapters]),
    [
      ['Mill', 'member', 1],
      ['Press', 'removed', 1],
    ],
  )
})
