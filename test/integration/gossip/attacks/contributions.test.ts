import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEnvelope, encodeEnvelope, generateIdentity } from '../../../../src/gossip/index.ts'
import { MAX_SEQUENCE } from '../../../../src/merge/constants.ts'
import { Besieged } from '../../../helpers/gossip/besieged.ts'
import { makeContribution } from '../../../helpers/gossip/contributions.ts'
import { allHold, publish } from '../../../helpers/gossip/swarm.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

/** Defence: the signature is checked against the author that the header names. */
test('a contribution in the name of another member is refused, and that member goes on', async () => {
  await using siege = await Besieged.start()
  const { reader, honest, attacker, swarm } = siege
  const thief = await generateIdentity()
  const forged = await makeContribution(thief, { sequence: 1, fields: { peer: honest.identity.peer } })
  await attacker.claimToHold(forged.envelope)
  await waitFor('it is refused', () => reader.rejected.some(({ reason }) => reason === 'bad-signature'))
  const genuine = await makeContribution(honest.identity, { sequence: 1 })
  const { header } = decodeEnvelope(genuine.envelope)
  const { signature } = decodeEnvelope(forged.envelope)
  await attacker.claimToHold(encodeEnvelope({ header, signature }))
  await publish(honest, genuine)
  await allHold([reader, honest], [genuine.id])
  assert.deepEqual(swarm.errors, [])
})

/** Defence: MAX_SEQUENCE leaves room above; numbers of one author say nothing of another. */
test('the highest sequence number and generation there are hinder nobody but their author', async () => {
  await using siege = await Besieged.start()
  const { reader, honest, swarm } = siege
  const liar = await swarm.node({ bootstrap: reader.network.addresses() })
  const far = await makeContribution(liar.identity, {
    sequence: MAX_SEQUENCE,
    fields: { generation: 1_000_000 },
  })
  await publish(liar, far)
  await waitFor('it has come', () => reader.store.admitted().includes(far.id))
  for (const sequence of [1, 2]) await publish(honest, await makeContribution(honest.identity, { sequence }))
  await waitFor('both others have come', () => reader.store.admitted().length === 3)
  assert.ok(Number.isSafeInteger(MAX_SEQUENCE + 2 ** 40))
})
