import { decode } from '@ipld/dag-cbor'
import { openJoinRequest, signJoinRequest } from '../../../src/gossip/admission/join-request.ts'
import { openTicket, signTicket } from '../../../src/gossip/admission/ticket.ts'
import { decodeAnnouncement, encodeAnnouncement } from '../../../src/gossip/announce/announcement.ts'
import * as chunks from '../../../src/gossip/blocks/chunk-messages.ts'
import { generateIdentity, openEnvelope } from '../../../src/gossip/index.ts'
import { openStatement, signStatement } from '../../../src/gossip/ledger/statement.ts'
import * as probes from '../../../src/gossip/reach/probe-messages.ts'
import { encodeCertificate, openCertificate } from '../../../src/gossip/rounds/certificate.ts'
import { cutDigest, decodeCut, encodeCut } from '../../../src/gossip/rounds/cut.ts'
import * as rounds from '../../../src/gossip/rounds/round-frames.ts'
import { openRoundMessage, signRoundMessage } from '../../../src/gossip/rounds/round-message.ts'
import { FIRST_INCARNATION, type Word } from '../../../src/gossip/rounds/types.ts'
import { tagOfTask } from '../../../src/gossip/receipts/merge-scores.ts'
import { openReceipt, signReceipt } from '../../../src/gossip/receipts/receipt.ts'
import * as sync from '../../../src/gossip/sync/sync-messages.ts'
import type { Random } from '../../../src/merge/index.ts'
import { mutateBytes, pick, strangeValue } from '../fuzz/mutations.ts'
import { rawCbor } from '../fuzz/raw-cbor.ts'
import { CONSORTIUM, makeContribution, noise, sha256 } from './contributions.ts'

/** Something that reads bytes of others, and bytes that it accepts. */
export interface Decoder {
  readonly name: string
  readonly read: (bytes: Uint8Array) => unknown
  readonly good: readonly Uint8Array[]
}

const author = await generateIdentity()
const { envelope } = await makeContribution(author)
const second = (await makeContribution(author, { size: 17 })).envelope
const greeting = {
  sets: [{ name: 'contributions', digest: sha256('set'), count: 23 }],
  addresses: ['/ip4/192.0.2.7/tcp/4001'],
  peers: [{ peer: author.peer, addresses: ['/dns4/site.example/tcp/4001'] }],
  yourSequence: 7,
  ledgerHead: sha256('ledger'),
  heard: 12,
  receipt: Uint8Array.of(7),
}
const nonce = new Uint8Array(16)
const id = sha256('id')
const ticket = await signTicket(
  { v: 1, consortium: CONSORTIUM, issuer: author.peer, addresses: ['/ip4/192.0.2.7/tcp/4001'], expires: 9, uses: 2, nonce, networkKey: null },
  author,
) // prettier-ignore
const asking = await signJoinRequest(
  { v: 1, consortium: CONSORTIUM, peer: author.peer, name: 'A', ticket: ticket.digest },
  author,
)
const holding = { merge: id, cut: id, ledger: null, charter: id, kernel: 1, contributions: 7 }
const statements = await Promise.all(
  [
    { type: 'remove', peer: author.peer, past: 'keep', upTo: 7 } as const,
    { type: 'withdraw', upTo: 3 } as const,
    { type: 'task', name: 'insects', classes: ['ant', 'bee'], held: ['bee'] } as const,
    { type: 'part', contributes: false } as const,
    { type: 'add', peer: author.peer, name: 'A', ticket: ticket.bytes, request: asking.bytes } as const,
  ].map((action) =>
    signStatement({ v: 1, consortium: CONSORTIUM, author: author.peer, parents: [id], action }, author),
  ),
)

const acceptors = [{ peer: author.peer, incarnation: FIRST_INCARNATION }]
const roundStart = { round: 3, previous: id, charter: id, acceptors, agenda: 'a step' }
const cut = encodeCut({ consortium: CONSORTIUM, ...roundStart, contributions: [id] })
const ballot = { number: 2, proposer: author.peer }
const said = await Promise.all(
  [
    { type: 'vote', ballot: { number: 0, proposer: '' }, cut: cutDigest(cut) } as const,
    { type: 'propose', ballot, cut } as const,
    { type: 'promise', ballot, accepted: null } as const,
    { type: 'pass' } as const,
  ].map((word: Word) => {
    const message = { consortium: CONSORTIUM, round: 3, previous: id, author: author.peer, incarnation: FIRST_INCARNATION, word } // prettier-ignore
    return signRoundMessage(message, author)
  }),
)

const score = { task: tagOfTask(id), correct: 3, count: 4, endCorrect: 4, endCount: 4 }
const scores = { merge: id, tasks: [{ ...score, task: tagOfTask(null) }, score] }

/** Every way in which bytes of another peer are read. */
export const DECODERS: readonly Decoder[] = [
  {
    name: 'announcement',
    read: decodeAnnouncement,
    good: [
      encodeAnnouncement({ type: 'contribution', envelope, addresses: greeting.addresses, holder: true }),
    ],
  },
  { name: 'envelope', read: (bytes) => openEnvelope(bytes, CONSORTIUM), good: [envelope, second] },
  {
    name: 'statement',
    read: (bytes) => openStatement(bytes, CONSORTIUM),
    good: statements.map(({ bytes }) => bytes),
  },
  { name: 'ticket', read: openTicket, good: [ticket.bytes] },
  { name: 'join request', read: openJoinRequest, good: [asking.bytes] },
  {
    name: 'receipt',
    read: (bytes) => openReceipt(bytes, CONSORTIUM),
    good: [
      await signReceipt(author, CONSORTIUM, 12, holding, new Map([[author.peer, 4]])),
      await signReceipt(author, CONSORTIUM, 13, { ...holding, scores }, new Map()),
    ],
  },
  {
    name: 'chunk request',
    read: chunks.decodeChunkRequest,
    good: [chunks.encodeChunkRequest({ type: 'chunk', id, digest: id, offset: 0 })],
  },
  {
    name: 'chunk reply',
    read: chunks.decodeChunkReplyHead,
    good: [chunks.encodeChunkReplyHead({ status: 'ok', size: 7, have: new Uint8Array(2) })],
  },
  {
    name: 'sync request',
    read: sync.decodeSyncRequest,
    good: [
      sync.encodeSyncRequest({ type: 'hello', consortium: CONSORTIUM, nonce, greeting }),
      sync.encodeSyncRequest({ type: 'transfer', set: 'contributions', give: [envelope], want: [id] }),
    ],
  },
  {
    name: 'sync reply',
    read: sync.decodeSyncReply,
    good: [
      sync.encodeSyncReply({ type: 'hello', nonce, greeting }),
      sync.encodeSyncReply({ type: 'refused', reason: 'malformed' }),
    ],
  },
  {
    name: 'probe request',
    read: probes.decodeProbeRequest,
    good: [probes.encodeProbeRequest(greeting.addresses)],
  },
  {
    name: 'probe reply',
    read: probes.decodeProbeReply,
    good: [
      probes.encodeProbeReply({ time: 1, kernel: 1, charter: id, ledger: null, observed: null, probed: [] }),
    ],
  },
  { name: 'cut', read: (bytes) => decodeCut(bytes, CONSORTIUM, roundStart), good: [cut] },
  {
    name: 'round message',
    read: (bytes) => openRoundMessage(bytes, CONSORTIUM),
    good: said.map(({ bytes }) => bytes),
  },
  {
    name: 'certificate',
    read: (bytes) => openCertificate(bytes, CONSORTIUM, roundStart),
    good: [encodeCertificate(cut, said.slice(0, 1))],
  },
  {
    name: 'round request',
    read: rounds.decodeRoundRequest,
    good: [rounds.encodeRoundRequest({ round: 7, known: id })],
  },
  {
    name: 'round answer',
    read: rounds.decodeRoundFrame,
    good: [rounds.encodeRoundFrame({ certificates: [], cuts: [cut], messages: [said[0]!.bytes], end: 3 })],
  },
]

/** Bytes that are good, noise, or good ones changed: as bytes, or one value in the map or in a map within it. */
export function hostileBytes(random: Random, good: readonly Uint8Array[]): Uint8Array {
  const seed = pick(random, good)
  return pick<() => Uint8Array>(random, [
    () => noise(random.below(300), String(random.below(1e9))),
    () => mutateBytes(random, seed, pick(random, good)),
    () => rawCbor(withStrangeValue(random, decode(seed))),
    () => rawCbor(withStrangeValue(random, decode(seed))),
  ])()
}

function withStrangeValue(random: Random, value: unknown): unknown {
  if (value instanceof Uint8Array) return withinBytes(random, value)
  if (typeof value !== 'object' || value === null) return strangeValue(random)
  const keys = Object.keys(value)
  if (keys.length === 0 || random.below(6) === 0) return strangeValue(random)
  const key = pick(random, keys)
  const changed = withStrangeValue(random, Reflect.get(value, key))
  if (Array.isArray(value)) return value.map((one: unknown, at) => (String(at) === key ? changed : one))
  return { ...value, [key]: changed }
}

/** Signed things are maps whose content is bytes of a map. */
function withinBytes(random: Random, bytes: Uint8Array): unknown {
  if (random.below(4) === 0) return strangeValue(random)
  try {
    return rawCbor(withStrangeValue(random, decode(bytes)))
  } catch {
    return mutateBytes(random, bytes)
  }
}
