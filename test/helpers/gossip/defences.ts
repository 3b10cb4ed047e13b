/** One line of defence and the test that stands for it: with the line taken out, that test must fail. */
export interface Defence {
  readonly name: string
  /** Under src/. */
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Under test/. */
  readonly test: string
  /** Only tests with this in their name are run. */
  readonly named: string
}

const CONSTANTS = 'gossip/constants.ts'
const GUARDED = 'unit/gossip/guard/guarded-host.test.ts'
const LIMITS = 'unit/gossip/guard/connection-limits.test.ts'

/** A ceiling raised so far that it is none. */
function ceiling(constant: string, was: string, test: string, named: string): Defence {
  const find = `export const ${constant} = ${was}`
  return { name: constant, file: CONSTANTS, find, replace: `export const ${constant} = 1e9`, test, named }
}

function rate(constant: string, test: string, named: string): Defence {
  const find = `export const ${constant}: Rate = {`
  const replace = `export const ${constant}: Rate = { perSecond: 1e9, burst: 1e9 } as Rate || {`
  return { name: constant, file: CONSTANTS, find, replace, test, named }
}

export const DEFENCES: readonly Defence[] = [
  ceiling('MAX_PENDING_PER_ADDRESS', '128', LIMITS, 'one address'),
  ceiling(
    'MAX_PENDING_PER_ADDRESS',
    '128',
    'integration/gossip/attacks/connections.test.ts',
    'never shake hands',
  ),
  ceiling(
    'MAX_CONNECTIONS_PER_PEER',
    '4',
    'integration/gossip/attacks/connections.test.ts',
    'again and again',
  ),
  {
    name: 'members only',
    file: 'gossip/host/members-gater.ts',
    find: '!isMember(peer.toString())',
    replace: 'isMember === undefined && peer !== undefined',
    test: 'integration/gossip/attacks/connections.test.ts',
    named: 'hundred identities',
  },
  {
    name: 'streams of one peer',
    file: 'gossip/guard/stream-places.ts',
    find: "if (own >= MAX_INBOUND_STREAMS_PER_PEER) return 'streams-per-peer'",
    replace: "if (own >= 1e9 + MAX_INBOUND_STREAMS_PER_PEER) return 'streams-per-peer'",
    test: GUARDED,
    named: 'streams of one peer',
  },
  {
    name: 'streams of all',
    file: 'gossip/guard/stream-places.ts',
    find: "if (this.#taken >= MAX_INBOUND_STREAMS) return 'streams'",
    replace: "if (this.#taken >= 1e9 + MAX_INBOUND_STREAMS) return 'streams'",
    test: GUARDED,
    named: 'streams of one peer',
  },
  {
    name: 'requests of one peer on all its streams',
    file: 'gossip/guard/rated-frames.ts',
    find: 'if (wait > 0) await this.#pause(wait)',
    replace: 'if (wait > 1e9) await this.#pause(wait)',
    test: GUARDED,
    named: 'asks faster',
  },
  rate('REQUEST_RATE', 'unit/gossip/guard/ceilings.test.ts', 'every rate'),
  rate('CHUNK_REQUEST_RATE', 'unit/gossip/guard/ceilings.test.ts', 'every rate'),
  rate('GOSSIP_RATE', 'integration/gossip/attacks/gossip.test.ts', 'well-formed news'),
  rate('GOSSIP_BYTE_RATE', 'unit/gossip/guard/ceilings.test.ts', 'every rate'),
  rate('ANNOUNCER_RATE', 'unit/gossip/guard/ceilings.test.ts', 'every rate'),
  rate('TOLD_REFUSALS_RATE', 'unit/gossip/guard/ceilings.test.ts', 'every rate'),
  {
    name: 'requests passed on by members alone',
    file: 'gossip/admission/front-desk.ts',
    find: '!ledger.state.members.has(from) ||',
    replace: '',
    test: 'unit/gossip/admission/front-desk.test.ts',
    named: 'passes on',
  },
  {
    name: 'requests passed on to who made the ticket alone',
    file: 'gossip/admission/front-desk.ts',
    find: '|| asked.ticket.ticket.issuer !== self',
    replace: '',
    test: 'unit/gossip/admission/front-desk.test.ts',
    named: 'passes on',
  },
  {
    name: 'topics of gossip',
    file: 'gossip/host/gossipsub-options.ts',
    find: 'allowedTopics: [init.topic],',
    replace: '',
    test: 'integration/gossip/attacks/subscriptions.test.ts',
    named: 'thousands of topics',
  },
  {
    name: 'refusals told',
    file: 'gossip/gossip-network.ts',
    find: "if (event === 'rejected' && !this.#told.take(String(args.at(2)))) {",
    replace: "if (event === 'rejected' && !this.#told.take(String(Math.random()))) {",
    test: 'integration/gossip/attacks/gossip.test.ts',
    named: 'fills no log',
  },
  {
    name: 'idle streams end',
    file: CONSTANTS,
    find: 'export const IDLE_TIMEOUT_MS = 10_000',
    replace: 'export const IDLE_TIMEOUT_MS = 600_000',
    test: 'integration/gossip/attacks/streams.test.ts',
    named: 'thousand idle',
  },
  {
    name: 'frames that drip',
    file: CONSTANTS,
    find: 'export const FRAME_PATIENCE = 3',
    replace: 'export const FRAME_PATIENCE = 3000',
    test: 'unit/gossip/framed-stream.test.ts',
    named: 'drips',
  },
  {
    name: 'frames over the limit',
    file: 'gossip/wire/framed-stream.ts',
    find: '(source) => decode(source, { maxDataLength: limits.maxFrameBytes })',
    replace: '(source) => decode(source, { maxDataLength: 1e9 })',
    test: 'unit/gossip/framed-stream.test.ts',
    named: 'over the limit',
  },
  {
    name: 'signature of the author',
    file: 'gossip/contributions/open-envelope.ts',
    find: 'if (!(await isSignedBy(envelope, header.peer))) {',
    replace: 'if (!(await isSignedBy(envelope, header.peer)) && envelope === undefined) {',
    test: 'integration/gossip/attacks/contributions.test.ts',
    named: 'in the name of another',
  },
  {
    name: 'envelopes of another consortium',
    file: 'gossip/contributions/open-envelope.ts',
    find: 'if (header.consortium !== consortium) {',
    replace: "if (header.consortium !== consortium && consortium === '') {",
    test: 'integration/gossip/hostile-bytes.test.ts',
    named: 'of another charter',
  },
  {
    name: 'chunks are hashed',
    file: 'gossip/blocks/chunk-client.ts',
    find: "if (found === digest) return { status: 'ok'",
    replace: "if (found !== '') return { status: 'ok'",
    test: 'integration/gossip/bad-holders.test.ts',
    named: 'other bytes of the same length',
  },
  {
    name: 'only canonical dag-cbor',
    file: 'gossip/wire/wire.ts',
    find: 'canonical = equals(encode(value), bytes)',
    replace: 'canonical = equals(bytes, bytes) || encode(value).length > 0',
    test: 'unit/gossip/fuzz-decoders.test.ts',
    named: 'another order',
  },
  {
    name: 'no unknown fields',
    file: 'gossip/wire/wire.ts',
    find: 'if (first !== undefined) throw',
    replace: 'if (first !== undefined && this.#rest.size > 1e9) throw',
    test: 'unit/gossip/announcement.test.ts',
    named: 'a further field',
  },
  {
    name: 'a bearer of news of another state',
    file: 'gossip/announce/topic-validator.ts',
    find: "result: MAY_CHANGE.has(reason) ? 'ignore' : 'reject'",
    replace: "result: MAY_CHANGE.has(reason) ? 'reject' : 'reject'",
    test: 'unit/gossip/announcement.test.ts',
    named: 'as the judge says',
  },
  {
    name: 'what is settled goes no further',
    file: 'gossip/announce/topic-validator.ts',
    find: "if (rules.isSettled(opened.id)) return { result: 'ignore'",
    replace: "if (rules.isSettled(opened.id)) return { result: 'accept'",
    test: 'integration/gossip/attacks/gossip.test.ts',
    named: 'replayed',
  },
  {
    name: 'strikes halve',
    file: 'gossip/blocks/holder-book.ts',
    find: '2 ** (-(this.#clock.now() - struckAt) / STRIKE_HALF_LIFE_MS)',
    replace: '(struckAt + 1) ** 0',
    test: 'unit/gossip/chunks.test.ts',
    named: 'strikes halve',
  },
  {
    name: 'no ban for ever',
    file: 'gossip/blocks/holder-book.ts',
    find: 'conduct.strikes = Math.min(MAX_STRIKES, ',
    replace: 'conduct.strikes = Math.max(MAX_STRIKES, ',
    test: 'unit/gossip/chunks.test.ts',
    named: 'strikes halve',
  },
  {
    name: 'share of one author',
    file: 'gossip/contributions/author-quota.ts',
    find: 'while (countOf(groups) > this.#limits.most)',
    replace: 'while (countOf(groups) > 1e9 + this.#limits.most)',
    test: 'unit/gossip/contributions/author-quota.test.ts',
    named: 'without end',
  },
  {
    name: 'rate of one author',
    file: 'gossip/contributions/contribution-exchange.ts',
    find: 'else if (!this.#quota.mayEnter(header.peer)) met = TOO_FAST',
    replace: "else if (!this.#quota.mayEnter(header.peer) && header.peer === '') met = TOO_FAST",
    test: 'unit/gossip/exchange.test.ts',
    named: 'faster than',
  },
  {
    name: 'what is held of one bearer',
    file: 'gossip/wire/fair-map.ts',
    find: '.sort((a, b) => b.size - a.size)',
    replace: '',
    test: 'unit/gossip/fair-map.test.ts',
    named: 'who fills the map',
  },
  rate('ROUND_WORD_RATE', 'unit/gossip/rounds/round-flow.test.ts', 'faster than'),
  ceiling(
    'MAX_ROUND_FRAMES_PER_ANSWER',
    '256',
    'integration/gossip/rounds/hostile-rounds.test.ts',
    'hostile answers',
  ),
  {
    name: 'presence of members only',
    file: 'gossip/rounds/round-engine.ts',
    find: "return word.type !== 'present' || this.#init.source.members().includes(author)",
    replace: "return word.type !== 'present' || author !== ''",
    test: 'unit/gossip/rounds/round-engine.test.ts',
    named: 'keys made up',
  },
  {
    name: 'cuts that nobody votes for',
    file: 'gossip/rounds/round-book.ts',
    find: 'if (!isNamed) this.#cuts.delete(digest)',
    replace: "if (!isNamed) this.#cuts.delete('')",
    test: 'unit/gossip/rounds/round-engine.test.ts',
    named: 'over and over',
  },
  {
    name: 'own words only',
    file: 'gossip/rounds/round-engine.ts',
    find: 'if (speaker !== undefined && author !== speaker) {',
    replace: "if (speaker === '' && author !== speaker) {",
    test: 'integration/gossip/rounds/hostile-rounds.test.ts',
    named: 'hostile words',
  },
  ceiling('MAX_TOLD_BY_ONE', '4', 'unit/gossip/addresses.test.ts', 'one liar'),
  {
    name: 'errors that nobody caught',
    file: 'node/cli/crash-guard.ts',
    find: "process.on('uncaughtException', this.#crashed)",
    replace: "process.on('SIGUSR2', this.#crashed)",
    test: 'integration/node/crash-guard.test.ts',
    named: 'inside a callback',
  },
  {
    name: 'scores that cannot be',
    file: 'gossip/receipts/merge-scores.ts',
    find: 'of <= MAX_SCORED_SAMPLES && right <= of',
    replace: 'of <= MAX_SCORED_SAMPLES',
    test: 'integration/gossip/attacks/scores.test.ts',
    named: 'scores that cannot be',
  },
  {
    name: 'receipts of others',
    file: 'gossip/receipts/receipt-exchange.ts',
    find: 'if (receipt.peer !== speaker) {',
    replace: "if (speaker === '') {",
    test: 'integration/gossip/attacks/scores.test.ts',
    named: 'scores that cannot be',
  },
]
