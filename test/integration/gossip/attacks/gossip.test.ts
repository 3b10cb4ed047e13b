import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAnnouncement } from '../../../../src/gossip/announce/announcement.ts'
import { GOSSIP_RATE, TOLD_REFUSALS_RATE } from '../../../../src/gossip/constants.ts'
import { Besieged } from '../../../helpers/gossip/besieged.ts'
import { makeContribution, noise } from '../../../helpers/gossip/contributions.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

/** Defence: GOSSIP_RATE. */
test('a member that floods the topic with well-formed news is dropped beyond its rate', async () => {
  await using siege = await Besieged.start()
  const { reader, honest, attacker } = siege
  const old = await makeContribution(honest.identity, { sequence: 77, fields: { charter: '00'.repeat(32) } })
  const data = encodeAnnouncement({
    type: 'contribution',
    envelope: old.envelope,
    addresses: [],
    holder: false,
  })
  const isMet = (): boolean => (reader.network.counters.ceilings()['gossip-rate'] ?? 0) > 0
  const most = 5 * GOSSIP_RATE.burst // a busy machine sends little more than the rate lets through
  for (let i = 0; i < most && !isMet(); i++) await attacker.gossip(data)
  await waitFor('the ceiling is met', isMet)
  await siege.stillWork()
})

/** Defence: gossip score; TOLD_REFUSALS_RATE keeps the log. */
test('garbage on the topic is ignored after a little, and fills no log', async () => {
  await using siege = await Besieged.start()
  const { reader, attacker } = siege
  for (let i = 0; i < 600; i++) await attacker.gossip(noise(200, `garbage ${i}`))
  await siege.stillWork()
  assert.ok(reader.rejected.length > 0)
  assert.ok(reader.rejected.length <= TOLD_REFUSALS_RATE.burst + 10, `${reader.rejected.length} lines`)
})

/** Defence: a settled contribution is not passed on again (topic-validator.ts). */
test('an old announcement replayed reaches one neighbour and goes no further', async () => {
  await using siege = await Besieged.start()
  const { reader, honest, attacker, swarm } = siege
  await siege.stillWork()
  const far = await swarm.node({ bootstrap: reader.network.addresses() })
  await waitFor('the third has caught up', () => far.store.admitted().length === 2)
  const [envelope] = honest.store.envelopes.values()
  const before = reader.network.traffic().bytesSent
  const data = encodeAnnouncement({ type: 'contribution', envelope: envelope!, addresses: [], holder: true })
  for (let i = 0; i < 200; i++) await attacker.gossip(data)
  await siege.stillWork()
  const sent = reader.network.traffic().bytesSent - before
  assert.ok(sent < 150 * data.byteLength, `${sent} bytes were passed on`)
})
