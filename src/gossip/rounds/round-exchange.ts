import {
  MAX_CERTIFICATES_PER_ANSWER,
  MAX_ROUND_FRAME_BYTES,
  MAX_ROUND_STREAMS_PER_PEER,
  ROUND_PROTOCOL,
} from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { Protocol } from '../host/peer-host.ts'
import type { Frames } from '../wire/frames.ts'
import type { RoundEngine } from './round-engine.ts'
import { decodeRoundFrame, decodeRoundRequest, encodeRoundRequest, packFrames } from './round-frames.ts'
import type { RoundStore } from './round-types.ts'

export const ROUNDS: Protocol = {
  name: ROUND_PROTOCOL,
  maxFrameBytes: MAX_ROUND_FRAME_BYTES,
  maxBufferBytes: 2 * MAX_ROUND_FRAME_BYTES,
  maxStreamsPerPeer: MAX_ROUND_STREAMS_PER_PEER,
}

/** One request, one answer: certificates from that round on, and all that is known of the round under way if the asker gets so far. */
export async function answerRounds(frames: Frames, engine: RoundEngine, store: RoundStore): Promise<void> {
  const from = decodeRoundRequest(await frames.read())
  const until = Math.min(engine.round, from + MAX_CERTIFICATES_PER_ANSWER)
  for (let round = from; round < until; round++) {
    const certificate = await store.certificate(round)
    if (certificate === null) return
    await frames.write(packFrames({ certificates: [certificate], cuts: [], messages: [] }))
  }
  if (until < engine.round || from > engine.round) return
  const { book } = engine
  const messages = book.messages().map(({ bytes }) => bytes)
  await frames.write(packFrames({ certificates: [], cuts: book.cuts(), messages }))
}

/** Asks for what this node lacks and takes it. @throws RefusedError - an answer that no honest member gives */
export async function askRounds(frames: Frames, engine: RoundEngine): Promise<void> {
  await frames.write([encodeRoundRequest(engine.round)])
  for (let bytes = await frames.readOrEnd(); bytes !== undefined; bytes = await frames.readOrEnd()) {
    const { certificates, cuts, messages } = decodeRoundFrame(bytes)
    for (const certificate of certificates) await takeCertificate(engine, certificate)
    for (const message of messages) await engine.take(message)
    for (const cut of cuts) await engine.takeCut(cut)
  }
}

/** It may have come from elsewhere meanwhile. */
async function takeCertificate(engine: RoundEngine, certificate: Uint8Array): Promise<void> {
  const { round } = engine
  try {
    await engine.takeCertificate(certificate)
  } catch (thrown) {
    const isPast = thrown instanceof RefusedError && thrown.reason === 'wrong-round' && engine.round > round
    if (!isPast) throw thrown
  }
}
