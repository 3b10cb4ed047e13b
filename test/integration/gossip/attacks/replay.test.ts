import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Attacker } from '../../../helpers/gossip/attacker.ts'
import { CHARTER, makeContribution } from '../../../helpers/gossip/contributions.ts'
import { LedgerSwarm } from '../../../helpers/gossip/ledger-swarm.ts'
import { overhear } from '../../../helpers/gossip/overheard.ts'
import { remove, withdraw } from '../../../helpers/gossip/statements.ts'
import { allConnected, publish } from '../../../helpers/gossip/swarm.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

const ROUNDS = 20

/** Defences: what is known is not entered twice; the ledger is a set; what is withdrawn does not count. */
test('all that was ever said, replayed as it was signed to a node that has restarted, changes nothing there', async () => {
  await using swarm = await LedgerSwarm.of(4)
  const [first, second, liar, target] = swarm.founders
  const fields = { consortium: CHARTER }
  const honest = await swarm.ledgerNode(first!)
  const victim = await swarm.ledgerNode(second!)
  await allConnected([honest, victim])
  await using attacker = await Attacker.start(liar!, { consortium: CHARTER })
  const heard = overhear(attacker)
  await attacker.connect(honest)
  await attacker.connect(victim)
  const say = (sequence: number): ReturnType<typeof makeContribution> =>
    makeContribution(first!, { sequence, fields })
  const [withdrawn, kept] = [await say(1), await say(2)]
  await publish(honest, withdrawn)
  await waitFor('gossip reaches the attacker', () => {
    if (heard.length === 0) void honest.network.publish(withdrawn.envelope) // sent before it was known to listen
    return heard.length > 0
  })
  const already = heard.length
  await publish(honest, kept)
  await honest.ledger.sign(withdraw(1))
  await honest.ledger.sign(remove(target!.peer))
  await waitFor('the victim knows it all', () => victim.ledger.state.statements === 2 && victim.store.admitted().length === 2) // prettier-ignore
  await waitFor('so does the attacker', () => heard.length >= already + 3)

  await victim.network.stop()
  const { store, ledger } = victim
  const again = await swarm.ledgerNode(second!, { store, ledger, bootstrap: [] })
  const before = { head: ledger.state.head, states: [...store.states], puts: store.puts.length }
  await attacker.connect(again)
  await waitFor('they speak gossip', () => attacker.sendGossipFrame(again.network, {}))
  for (let round = 0; round < ROUNDS; round++) {
    assert.ok(attacker.sendGossipFrame(again.network, { messages: heard }))
  }
  const size = heard.reduce((sum, { data }) => sum + data.byteLength, 0)
  await waitFor('the replayed has been read', () => again.network.counters.protocol('announce').receivedBytes >= size) // prettier-ignore
  for (const { envelope } of [withdrawn, kept]) await attacker.claimToHold(envelope)

  const next = await say(3)
  await publish(honest, next)
  await waitFor('news still arrives', () => store.admitted().includes(next.id))
  const states = [...store.states].filter(([id]) => id !== next.id)
  const puts = store.puts.length - next.header.payload.chunks.length
  assert.deepEqual({ head: ledger.state.head, states, puts }, before)
  assert.ok(ledger.state.members.has(target!.peer), 'one vote stays one vote')
  assert.equal(ledger.state.equivocations.size, 0)
  assert.deepEqual(again.rejected, [], 'old truths are no lies')
})
