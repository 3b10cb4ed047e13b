import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stream } from '@libp2p/interface'
import {
  CHUNK_PROTOCOL,
  MAX_CHUNK_STREAMS_PER_PEER,
  MAX_SYNC_STREAMS_PER_PEER,
  SYNC_PROTOCOL,
} from '../../../../src/gossip/constants.ts'
import { encodeChunkRequest } from '../../../../src/gossip/blocks/chunk-messages.ts'
import { Besieged } from '../../../helpers/gossip/besieged.ts'
import { sha256 } from '../../../helpers/gossip/contributions.ts'
import { frame } from '../../../helpers/gossip/frame.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

const NO_SUCH = { type: 'chunk', id: sha256('none'), digest: sha256('none'), offset: 0 } as const

/** Opens streams until the other side resets them at once. */
async function openMany({ attacker }: Besieged, protocol: string, count: number): Promise<Stream[]> {
  const [connection] = attacker.host.getConnections()
  const streams: Stream[] = []
  for (let i = 0; i < count; i++) {
    const stream = await connection!.newStream(protocol, { maxOutboundStreams: 1000 }).catch(() => undefined)
    if (stream !== undefined) streams.push(stream)
  }
  return streams
}

const open = (streams: readonly Stream[]): number => streams.filter(({ status }) => status === 'open').length

/** Defences: IDLE_TIMEOUT_MS on every read; streams per peer and protocol. */
test('a thousand idle streams, some with half a frame, are few at once and none for long', async () => {
  await using siege = await Besieged.start()
  const streams: Stream[] = []
  for (const protocol of [CHUNK_PROTOCOL, SYNC_PROTOCOL])
    streams.push(...(await openMany(siege, protocol, 500)))
  for (const stream of streams.slice(0, 20)) {
    if (stream.status === 'open') stream.send(frame(encodeChunkRequest(NO_SUCH)).subarray(0, 9))
  }
  const most = MAX_CHUNK_STREAMS_PER_PEER + MAX_SYNC_STREAMS_PER_PEER
  await waitFor('the others are reset at once', () => open(streams) <= most)
  await siege.stillWork()
  const idle = streams.filter(({ protocol }) => protocol === SYNC_PROTOCOL)
  await waitFor('those that may ask soon are closed for idleness', () => open(idle) === 0, 25_000)
  await siege.stillWork()
})

/** Defences: a request is read when the one before is answered; a reply that nobody reads ends the stream. */
test('requests without end whose answers nobody reads cost the honest nothing', async () => {
  await using siege = await Besieged.start()
  const streams = await openMany(siege, CHUNK_PROTOCOL, 6)
  const request = frame(encodeChunkRequest(NO_SUCH))
  const burst = Buffer.concat(Array.from({ length: 200 }, () => request))
  for (const stream of streams) {
    stream.pause()
    for (let i = 0; i < 10 && stream.status === 'open'; i++) stream.send(burst)
  }
  await siege.stillWork()
  const { reader } = siege
  assert.ok(reader.store.gets.length < 12_000)
})
