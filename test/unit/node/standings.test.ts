import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OfflineMerge } from '../../../src/node/offline.ts'
import { renderStandings, standingsIn } from '../../../src/node/standings.ts'

test('of everything that a merge was chosen from it is said what became of it: merged, late for its round, of a round to come', () => {
  const contribution = (id: string, sequence: number, round: number | null) => ({ id, header: { peer: 'a', sequence, round } }) // prettier-ignore
  const merge = {
    contributions: [contribution('x', 1, 0), contribution('y', 2, 0), contribution('z', 3, null)],
    uncounted: [{ id: 'w', peer: 'a', name: 'anvil', sequence: 4, standing: 'round-ahead', file: 'w' }],
    summary: { cut: ['x'], equivocating: [] },
    rules: { roster: { members: [{ id: 'a', name: 'anvil' }] } },
  } as unknown as OfflineMerge
  assert.equal(
    renderStandings(standingsIn(merge)),
    'anvil 1: merged\nanvil 2: late\nanvil 3: superseded\nanvil 4: round-ahead',
  )
})
