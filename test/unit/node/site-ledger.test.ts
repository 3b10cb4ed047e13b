import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FormerMember, Ledger } from '../../../src/gossip/index.ts'
import { assertMember } from '../../../src/node/site-ledger.ts'

function messageFor(given: Partial<FormerMember>, withdrawn?: number): string {
  const former = { id: 'b', name: 'press', past: 'keep', upTo: 4, removedBy: ['b'], replacedBy: null, ...given } // prettier-ignore
  const state = {
    members: new Map(),
    former: new Map([['b', former]]),
    withdrawn: new Map(withdrawn === undefined ? [] : [['b', withdrawn]]),
  } as unknown as Ledger['state']
  try {
    assertMember({ state }, 'b')
  } catch (error) {
    return (error as Error).message
  }
  return assert.fail()
}

test('a site that has left is told which of its contributions still count', () => {
  assert.equal(messageFor({}), 'press has left the consortium; its contributions up to number 4 still count')
  assert.match(messageFor({}, 3), /contributions after number 3 and up to number 4 still count$/)
  assert.match(messageFor({}, 4), /left the consortium; its contributions count no more$/)
  assert.match(messageFor({ upTo: 0 }), /count no more$/)
  assert.match(messageFor({ past: 'exclude', removedBy: ['a', 'c'] }), /removed by a, c; .* count no more$/)
})
