import {
  MAX_CERTIFICATES_PER_ANSWER,
  MAX_ROUND_FRAME_BYTES,
  MAX_ROUND_FRAMES_PER_ANSWER,
  MAX_ROUND_STREAMS_PER_PEER,
  ROUND_PROTOCOL,
  ROUND_REQUEST_RATE,
} from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { Protocol } from '../host/peer-host.ts'
import type { Frames } from '../wire/frames.ts'
import type { RoundEngine } from './round-engine.ts'
import type { RoundBook } from './round-book.ts'
import {
  decodeRoundFrame,
  decodeRoundRequest,
  encodeRoundFrame,
  encodeRoundRequest,
  packFrames,
  type RoundFrame,
} from './round-frames.ts'
import type { RoundStore } from './round-types.ts'

export const ROUNDS: Protocol = {
  name: ROUND_PROTOCOL,
  maxFrameBytes: MAX_ROUND_FRAME_BYTES,
  maxBufferBytes: 2 * MAX_ROUND_FRAME_BYTES,
  maxStreamsPerPeer: MAX_ROUND_STREAMS_PER_PEER,
  rate: ROUND_REQUEST_RATE,
}

/**
 * One request, one answer: certificates from that round on, all that is known of the round under way if the asker gets so far and knows
 * something else, and the end. @throws RefusedError - no request
 */
export async function answerRounds(frames: Frames, engine: RoundEngine, store: RoundStore): Promise<void> {
  const request = decodeRoundRequest(await frames.read())
  const { book } = engine
  const { round } = book.start
  const until = Math.min(round, request.round + MAX_CERTIFICATES_PER_ANSWER)
  for (let past = request.round; past < until; past++) {
    const certificate = await store.certificate(past)
    if (certificate === null) throw new Error(`the certificate of round ${past} is not on disk`)
    await frames.write(packFrames({ certificates: [certificate], cuts: [], messages: [] }))
  }
  const knowsAll = request.round === round && request.known === book.digest()
  if (until === round && !knowsAll) await tellBook(frames, book)
  await frames.write([encodeRoundFrame({ certificates: [], cuts: [], messages: [], end: round })])
}

async function tellBook(frames: Frames, book: RoundBook): Promise<void> {
  const messages = book.messages().map(({ bytes }) => bytes)
  let written = 0
  for (const frame of packFrames({ certificates: [], cuts: book.cuts(), messages })) {
    if (++written >= MAX_ROUND_FRAMES_PER_ANSWER - MAX_CERTIFICATES_PER_ANSWER) return
    await frames.write([frame])
  }
}

/**
 * Asks for what this node lacks and takes it; resolves with whether there is more.
 *
 * @throws RefusedError - an answer that no honest member gives
 * @throws BrokenStreamError, NetworkTimeoutError - it did not come to its end
 */
export async function askRounds(frames: Frames, engine: RoundEngine): Promise<boolean> {
  const { round, book } = engine
  const known = book.missingCuts().length > 0 ? null : book.digest()
  await frames.write([encodeRoundRequest({ round, known })])
  for (let read = 0; read < MAX_ROUND_FRAMES_PER_ANSWER; read++) {
    const { end, ...frame } = decodeRoundFrame(await frames.read())
    await takeFrame(frame, engine)
    if (end === null) continue
    if (end === engine.round) await engine.informed()
    return end > engine.round && engine.round > round
  }
  throw new RefusedError('malformed', 'round answer', `no end after ${MAX_ROUND_FRAMES_PER_ANSWER} frames`)
}

async function takeFrame(
  { certificates, cuts, messages }: Omit<RoundFrame, 'end'>,
  engine: RoundEngine,
): Promise<void> {
  for (const certificate of certificates) await engine.takeCertificate(certificate)
  for (const message of messages) await engine.take(message)
  for (const cut of cuts) await engine.takeCut(cut)
}
