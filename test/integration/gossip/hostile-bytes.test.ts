import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode as cbor } from '@ipld/dag-cbor'
import { decodeAdmissionReply } from '../../../src/gossip/admission/admission-messages.ts'
import { encodeAnnouncement } from '../../../src/gossip/announce/announcement.ts'
import {
  ADMISSION_PROTOCOL,
  CHUNK_PROTOCOL,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_ENVELOPE_BYTES,
  PROBE_PROTOCOL,
  SYNC_PROTOCOL,
} from '../../../src/gossip/constants.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../src/gossip/index.ts'
import { Attacker } from '../../helpers/gossip/attacker.ts'
import { makeContribution, noise } from '../../helpers/gossip/contributions.ts'
import { foundDesks } from '../../helpers/gossip/front-desk.ts'
import { HOSTILE_STREAMS } from '../../helpers/gossip/hostile-streams.ts'
import type { TestNode } from '../../helpers/gossip/swarm.ts'
import { allConnected, allHold, publish, Swarm } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

/** Two honest nodes and a member that is not. */
async function threesome(swarm: Swarm): Promise<{ reader: TestNode; honest: TestNode; attacker: Attacker }> {
  const [reader, honest] = await swarm.star(2)
  await allConnected([reader!, honest!])
  const attacker = await Attacker.start(await swarm.identity())
  await attacker.connect(reader!)
  return { reader: reader!, honest: honest!, attacker }
}

async function stillWorks(reader: TestNode, honest: TestNode, sequence: number): Promise<void> {
  assert.ok(reader.network.connections().some(({ peer }) => peer === honest.network.peer))
  const contribution = await makeContribution(honest.identity, { sequence })
  await publish(honest, contribution)
  await waitFor(
    'the honest contribution arrives',
    () => reader.store.states.get(contribution.id) === 'admitted',
  )
}

for (const protocol of [CHUNK_PROTOCOL, SYNC_PROTOCOL, PROBE_PROTOCOL]) {
  test(`${protocol}: hostile bytes harm no one`, async (t) => {
    await using swarm = new Swarm()
    const { reader, honest, attacker } = await threesome(swarm)
    let sequence = 1
    try {
      for (const [name, { bytes, reason }] of Object.entries(HOSTILE_STREAMS)) {
        await t.test(name, async () => {
          reader.rejected.length = 0
          await attacker.say(reader, protocol, bytes)
          if (reason !== null) {
            await waitFor('it is refused by name', () =>
              reader.rejected.some((refused) => refused.reason === reason),
            )
          }
          await stillWorks(reader, honest, sequence++)
        })
      }
      assert.deepEqual(swarm.errors, [])
    } finally {
      await attacker[Symbol.asyncDispose]()
    }
  })
}

/** Cases that other protocols refuse before a word can be said, and admission answers. */
const UNREAD: Readonly<Record<string, string>> = { 'deep nesting': 'malformed' }

/** What one answer frame says, null where there is none. */
function refusalIn(answer: Uint8Array): string | null {
  if (answer.byteLength === 0) return null
  const reply = decodeAdmissionReply(answer.subarray(1)) // its length takes one byte
  return reply.type === 'refused' ? reply.reason : reply.type
}

for (const isMember of [true, false]) {
  const speaker = isMember ? 'a member' : 'a stranger'
  test(`${ADMISSION_PROTOCOL}: hostile bytes of ${speaker} harm no one`, async (t) => {
    await using swarm = new Swarm()
    const [founder] = await foundDesks(1)
    const [reader, honest] = (await swarm.star(2, { admission: founder!.desk })) as [TestNode, TestNode]
    await allConnected([reader, honest])
    await using attacker = await Attacker.start(await swarm.identity(isMember))
    let sequence = 1
    for (const [name, { bytes, reason }] of Object.entries(HOSTILE_STREAMS)) {
      await t.test(name, async () => {
        if (attacker.host.getConnections().length === 0) await attacker.connect(reader)
        const answer = await attacker.say(reader, ADMISSION_PROTOCOL, bytes)
        const expected = reason === 'too-large' ? null : (reason ?? UNREAD[name] ?? null)
        assert.equal(refusalIn(answer), expected)
        if (!isMember) {
          await waitFor('it is hung up on', () => attacker.host.getConnections().length === 0)
        }
        await stillWorks(reader, honest, sequence++)
      })
    }
    assert.deepEqual(swarm.errors, [])
  })
}

test('gossip that is garbage, cut, too large, unsigned, forged or of another charter is refused by name', async () => {
  await using swarm = new Swarm()
  const { reader, honest, attacker } = await threesome(swarm)
  try {
    const victim = await makeContribution(honest.identity, { sequence: 5 })
    const good = encodeAnnouncement({
      type: 'contribution',
      envelope: victim.envelope,
      addresses: [],
      holder: true,
    })
    const { header, signature } = decodeEnvelope(victim.envelope)
    const announce = (envelope: Uint8Array): Uint8Array =>
      encodeAnnouncement({ type: 'contribution', envelope, addresses: [], holder: true })
    const foreign = await makeContribution(honest.identity, {
      sequence: 6,
      fields: { charter: '00'.repeat(32) },
    })
    const elsewhere = await makeContribution(honest.identity, {
      sequence: 7,
      fields: { consortium: 'another' },
    })
    const cases: [reason: string, data: Uint8Array][] = [
      ['malformed', noise(300, 'gossip')],
      ['malformed', good.subarray(0, good.byteLength - 9)],
      ['malformed', new Uint8Array(0)],
      ['too-large', noise(MAX_ANNOUNCEMENT_BYTES + 1, 'large')],
      ['malformed', announce(cbor({ header }))],
      ['bad-signature', announce(encodeEnvelope({ header, signature: new Uint8Array(64) }))],
      ['bad-signature', announce(encodeEnvelope({ header, signature: signature.map((byte) => byte ^ 1) }))],
      ['malformed', announce(encodeEnvelope({ header: header.subarray(1), signature }))],
      ['wrong-consortium', announce(elsewhere.envelope)],
      ['wrong-charter', announce(foreign.envelope)],
    ]
    const from = attacker.host.peerId.toString()
    for (const [i, [reason, data]] of cases.entries()) {
      // Each from a fresh attacker, as gossipsub stops listening to one after a few.
      await using fresh = await Attacker.start(await swarm.identity())
      await fresh.connect(reader)
      await fresh.gossip(data)
      const sender = fresh.host.peerId.toString()
      await waitFor(`case ${i} is refused for ${reason}`, () =>
        reader.rejected.some((refused) => refused.from === sender && refused.reason === reason),
      )
    }
    assert.ok(!reader.rejected.some((refused) => refused.from === from))
    assert.ok(!reader.rejected.some(({ id }) => id === victim.id), 'a forged signature marks no honest id')
    await publish(honest, victim)
    await allHold([reader, honest], [victim.id])
    assert.equal(reader.store.envelopes.size, 1)
  } finally {
    await attacker[Symbol.asyncDispose]()
  }
})

test('a gossip frame over the limit costs its sender the stream and no one else anything', async () => {
  await using swarm = new Swarm()
  const { reader, honest, attacker } = await threesome(swarm)
  try {
    await attacker.gossip(noise(1_200_000, 'huge'))
    await stillWorks(reader, honest, 1)
  } finally {
    await attacker[Symbol.asyncDispose]()
  }
})

test('an envelope too large for gossip arrives by reconciliation', async () => {
  await using swarm = new Swarm()
  const [reader, honest] = await swarm.star(2)
  await allConnected([reader!, honest!])
  const classCounts = Array.from({ length: 4_000 }, (_, i) => 70_000 + i)
  const contribution = await makeContribution(honest!.identity, { fields: { classCounts } })
  assert.ok(contribution.envelope.byteLength > MAX_ANNOUNCEMENT_BYTES)
  assert.ok(contribution.envelope.byteLength < MAX_ENVELOPE_BYTES)
  await publish(honest!, contribution)
  await allHold([reader!, honest!], [contribution.id])
})

test('a payload that is not what its header says is refused, and not fetched again', async () => {
  await using swarm = new Swarm()
  const [reader, honest] = await swarm.star(2)
  await allConnected([reader!, honest!])
  const good = await makeContribution(honest!.identity)
  const payload = { ...good.header.payload, digest: '11'.repeat(32) }
  const bad = await makeContribution(honest!.identity, { fields: { payload } })
  const { headerVerdict } = honest!.judge
  honest!.judge.judgePayload = (id) => {
    honest!.store.states.set(id, 'admitted') // a liar believes itself
    return Promise.resolve({ kind: 'accept' })
  }
  honest!.judge.headerVerdict = headerVerdict
  await publish(honest!, { ...bad, payload: good.payload })
  await waitFor('it is refused', () => reader!.rejected.some(({ reason }) => reason === 'payload-digest'))
  const asked = honest!.store.gets.length
  const after = await makeContribution(honest!.identity, { sequence: 2 })
  await publish(honest!, after)
  await allHold([reader!], [after.id])
  assert.equal(honest!.store.gets.length, asked + 1)
  assert.equal(reader!.rejected.length, 1)
})
