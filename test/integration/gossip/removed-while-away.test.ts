import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrontDesk, PendingRequests, type Identity } from '../../../src/gossip/index.ts'
import { FOUNDING, memoryShelf } from '../../helpers/gossip/front-desk.ts'
import { LedgerSwarm, type LedgerNode } from '../../helpers/gossip/ledger-swarm.ts'
import { openLedger } from '../../helpers/gossip/ledgers.ts'
import { remove, withdraw } from '../../helpers/gossip/statements.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

async function nodeWithDesk(swarm: LedgerSwarm, identity: Identity): Promise<LedgerNode> {
  const ledger = await openLedger(swarm.genesis, identity)
  const admission = new FrontDesk({
    self: identity.peer,
    consortium: swarm.genesis.consortium,
    ledger,
    pending: await PendingRequests.open(memoryShelf(), Date.now),
    charters: () => ({ founding: FOUNDING, inForce: FOUNDING }),
    policy: () => 'accept',
    now: Date.now,
    onRequest: () => undefined,
  })
  return swarm.ledgerNode(identity, { ledger, admission })
}

test('who was removed while it was away hears of it when it comes back, and by whom', async () => {
  await using swarm = await LedgerSwarm.of(3)
  const [first, second, third] = swarm.founders
  const a = await nodeWithDesk(swarm, first!)
  const b = await nodeWithDesk(swarm, second!)
  await a.ledger.sign(remove(third!.peer))
  await b.ledger.sign(remove(third!.peer))
  await waitFor('it is removed', () => !a.ledger.isMember(third!.peer) && !b.ledger.isMember(third!.peer))
  await a.ledger.sign(withdraw(1))
  const back = await nodeWithDesk(swarm, third!)
  assert.ok(back.ledger.isMember(third!.peer), 'it knows nothing yet')
  await waitFor('it knows', () => !back.ledger.isMember(third!.peer))
  const { removedBy } = back.ledger.state.former.get(third!.peer)!
  assert.deepEqual(removedBy, [first!.peer, second!.peer].sort())
  assert.equal(back.ledger.state.withdrawn.size, 0, 'what came after is none of its business')
})
