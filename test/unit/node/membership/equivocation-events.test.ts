import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventHub } from '../../../../src/node/event-hub.ts'
import { silentLogger } from '../../../../src/node/logger.ts'
import { EquivocationEvents } from '../../../../src/node/membership/equivocation-events.ts'
import { LedgerRoster } from '../../../../src/node/roster.ts'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import { CONSORTIUM, makeContribution } from '../../../helpers/gossip/contributions.ts'
import { founders, openLedger } from '../../../helpers/gossip/ledgers.ts'
import { withdraw } from '../../../helpers/gossip/statements.ts'

test('a member that signed two contributions under one number is named once, with both', async () => {
  const { identities, genesis } = await founders(2)
  const [finder, liar] = identities
  const ledger = await openLedger(genesis, finder!)
  const hub = new EventHub(silentLogger())
  const told: NodeEvent[] = []
  hub.subscribe((event) => told.push(event))
  const events = new EquivocationEvents({ ledger, roster: new LedgerRoster(ledger), hub })
  ledger.events.on('changed', () => events.tell())
  const fields = { consortium: CONSORTIUM }
  const versions = await Promise.all([1000, 2000].map((size) => makeContribution(liar!, { size, fields })))
  const [low, high] = versions.sort((x, y) => (x.id < y.id ? -1 : 1))
  await ledger.sign({ type: 'equivocation', first: low!.envelope, second: high!.envelope })
  await ledger.sign(withdraw(1))
  const { peer } = liar!
  assert.deepEqual(told, [{ type: 'equivocation', peer, name: 'site 1', ids: [low!.id, high!.id] }])
})
