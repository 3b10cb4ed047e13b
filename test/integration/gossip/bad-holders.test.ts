import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stream } from '@libp2p/interface'
import { fullMap } from '../../../src/gossip/blocks/chunk-map.ts'
import { encodeChunkReplyHead } from '../../../src/gossip/blocks/chunk-messages.ts'
import { CHUNK_FRAME_BYTES } from '../../../src/gossip/constants.ts'
import type { StreamHandler } from '../../helpers/gossip/attacker.ts'
import { Attacker } from '../../helpers/gossip/attacker.ts'
import type { TestContribution } from '../../helpers/gossip/contributions.ts'
import { makeContribution, noise, storePayload } from '../../helpers/gossip/contributions.ts'
import { frame } from '../../helpers/gossip/frame.ts'
import { allHold, Swarm } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

const SIZE = 2 * CHUNK_FRAME_BYTES + 99
const head = (size: number): Uint8Array =>
  frame(encodeChunkReplyHead({ status: 'ok', size, have: fullMap(1) }))

/** What the holder answers to its first request, given the stream and the true payload. */
const faults: Record<string, (stream: Stream, payload: Uint8Array) => void> = {
  'sends other bytes of the same length': (stream) => {
    const lie = noise(SIZE, 'a lie')
    stream.send(head(SIZE))
    for (let at = 0; at < SIZE; at += CHUNK_FRAME_BYTES) {
      stream.send(frame(lie.subarray(at, at + CHUNK_FRAME_BYTES)))
    }
  },
  'resets in the middle': (stream, payload) => {
    stream.send(head(SIZE))
    stream.send(frame(payload.subarray(0, CHUNK_FRAME_BYTES)))
    stream.abort(new Error('broken on purpose'))
  },
  'ends in the middle as if complete': (stream, payload) => {
    stream.send(head(SIZE))
    stream.send(frame(payload.subarray(0, CHUNK_FRAME_BYTES)))
    void stream.close()
  },
  'says nothing': () => undefined,
  'stops in the middle': (stream) => void stream.send(head(SIZE)),
  'sends garbage': (stream) => void stream.send(noise(5000, 'garbage')),
  'claims a chunk of a gigabyte': (stream) => void stream.send(frame(Uint8Array.of(0xa1, 0x64, 1, 2, 3, 4))),
  'sends a frame over the limit': (stream) => {
    stream.send(head(SIZE))
    stream.send(frame(noise(CHUNK_FRAME_BYTES + 1, 'too long')))
  },
  floods: (stream) => {
    for (let i = 0; i < 12; i++) stream.send(noise(CHUNK_FRAME_BYTES, 'flood'))
  },
}

for (const [name, misbehave] of Object.entries(faults)) {
  test(`a holder that ${name} is left for another, which gives all`, async () => {
    await using swarm = new Swarm()
    const reader = await swarm.node({ chunkTimeouts: { firstByteMs: 400, idleMs: 400, chunkMs: 2_000 } })
    const author = await swarm.node({ start: false })
    const contribution = await makeContribution(author.identity, { size: SIZE })
    let asked = 0
    await using attacker = await Attacker.start(await swarm.identity(), {
      chunk: onRequest(contribution, (stream, payload) => {
        asked++
        misbehave(stream, payload)
      }),
    })
    await attacker.connect(reader)
    await attacker.claimToHold(contribution.envelope)
    await waitFor('the attacker is asked', () => asked > 0)

    await storePayload(author.store, contribution)
    await author.network.start()
    await author.network.publish(contribution.envelope)
    author.network.addBootstrap(reader.network.addresses())
    await allHold([reader, author], [contribution.id])
    assert.equal(reader.store.puts.length, 1, 'nothing but the true chunk was kept')
    assert.ok(reader.network.connections().some(({ peer }) => peer === attacker.host.peerId.toString()))
  })
}

/** Calls `answer` when the first bytes of a request come. */
function onRequest(
  { payload }: TestContribution,
  answer: (stream: Stream, payload: Uint8Array) => void,
): StreamHandler {
  return (stream) => {
    stream.addEventListener('message', () => answer(stream, payload), { once: true })
  }
}
