/**
 * Every ceiling of the network, with its reason. Sizes are bytes, times are milliseconds. A peer that goes over one is
 * refused by name; nothing of what it sent is kept.
 */
import { CHUNK_BYTES } from '../merge/index.ts'
import type { Rate } from './wire/token-bucket.ts'

export const CHUNK_PROTOCOL = '/peermerge/chunk/1'
export const PROBE_PROTOCOL = '/peermerge/probe/1'
export const SYNC_PROTOCOL = '/peermerge/sync/1'

/** Kept apart by consortium, so that a node of another one never forwards our messages. */
export function announceTopic(consortium: string): string {
  return `peermerge/${consortium}/announce/1`
}

/** What an author signs is this prefix and the header bytes: a signature made for anything else never fits. */
export const SIGNATURE_DOMAIN = 'peermerge/contribution/1\0'

// Envelopes and announcements

/** A header lists 1 MiB chunks by digest, about 66 bytes each: room for payloads of some 900 MiB. */
export const MAX_ENVELOPE_BYTES = 64 * 1024
/** Ed25519, RFC 8032. */
export const SIGNATURE_BYTES = 64
/** One gossip message. Larger envelopes are not announced: peers find them by reconciliation within seconds. */
export const MAX_ANNOUNCEMENT_BYTES = 16 * 1024
/**
 * One gossip frame, which may carry several messages. A frame over the receiver's limit kills that gossip stream for good,
 * so it holds 64 of the largest messages; all nodes use the same number.
 */
export const MAX_GOSSIP_FRAME_BYTES = 1024 * 1024
/** Unsent gossip per peer. A peer that reads slower than this loses gossip and catches up by reconciliation. */
export const MAX_GOSSIP_BACKLOG_BYTES = 4 * 1024 * 1024

// Ledger and admission

/** As SIGNATURE_DOMAIN, one for each kind of thing that is signed. */
export const STATEMENT_DOMAIN = 'peermerge/statement/1\0'
export const TICKET_DOMAIN = 'peermerge/ticket/1\0'
export const JOIN_REQUEST_DOMAIN = 'peermerge/join-request/1\0'
/** In what a task's id is the digest of. */
export const TASK_DOMAIN = 'peermerge/task/1'
/** Room for a charter, or for two envelopes that contradict each other; fits into one frame of 256 KiB. */
export const MAX_STATEMENT_BYTES = 192 * 1024
/** A charter with thousands of modules or classes has some 100 KiB. */
export const MAX_CHARTER_BYTES = 160 * 1024
/** Newest statements named as known: members that all sign at once. Of more, the others are named by the next one. */
export const MAX_PARENTS = 256
/** Names of members, as in the charter. */
export const MAX_NAME_LENGTH = 200
/** The consortium, 8 addresses of 320 characters and a network key of 95 bytes. */
export const MAX_TICKET_BYTES = 4 * 1024
export const MAX_NETWORK_KEY_BYTES = 256
/** As a label of the merge and of the commands: fits a line. */
export const MAX_TASK_NAME_LENGTH = 100
/** As in the charter. */
export const MAX_CLASS_LABEL_LENGTH = 200
/** Of one task, ImageNet at once. Labels of 80 bytes each, held too, fit a statement; of longer ones MAX_STATEMENT_BYTES takes fewer. */
export const MAX_TASK_CLASSES = 1_000
/** Different labels of all tasks together, as many as a charter may name: a classifier with so many outputs. */
export const MAX_CLASSES = 10_000
/** Every node keeps all of them; one a day for almost three years. */
export const MAX_TASKS = 1_000
/** Uses of one ticket: as many as a consortium has members. */
export const MAX_TICKET_USES = 10_000
export const TICKET_NONCE_BYTES = 16
export const MAX_JOIN_REQUEST_BYTES = 2 * 1024
/** Nine a day for five years. A fold of so many takes about a second, and their ancestry 16 MiB. */
export const MAX_STATEMENTS = 16_384
/** Of one author: it adds a few hundred members and votes on them. More are taken only where others build on them. */
export const MAX_STATEMENTS_PER_AUTHOR = 2_048
/** Statements whose parents have not come yet; the oldest of the bearer with most bytes is forgotten and comes again. */
export const MAX_WAITING_STATEMENT_BYTES = 32 * 1024 * 1024
/** From its removal a peer is not listened to; so long the connection stays, for it to hear of it. */
export const REMOVAL_GRACE_MS = 250
/** Of one author: more numbers are not worth a statement each, as merges leave out both versions wherever both are held. */
export const MAX_PROOFS_PER_PEER = 64
/** Longest random wait before a proof is signed, so that the others may have it from the first. */
export const PROOF_DELAY_MS = 500
/** Between two folds that take long: at most half of the time goes into them, and a removal is seen within a second or two. */
export const MAX_FOLD_PAUSE_MS = 1_000

// Addresses

/** A host with several interfaces, IPv4 and IPv6, and one announced name. */
export const MAX_ADDRESSES_PER_PEER = 8
/** A DNS name may have 253 characters; a relayed address names two peers besides. */
export const MAX_ADDRESS_LENGTH = 400
/** Of the addresses that a node tells, so many are kept free for those through relays: two each of RELAYS_WANTED. */
export const MAX_RELAYED_ADDRESSES = 4
/** Of one member, from multicast DNS, where anybody on the LAN can say anything: an IPv4 and an IPv6 one, twice. */
export const MAX_HEARD_ADDRESSES = 4
/** Members told of in one greeting; the rest come with the next ones. */
export const MAX_TOLD_PEERS = 64
/** Addresses of one member that are taken from one other: what that one tells first. */
export const MAX_TOLD_BY_ONE = 4
/** Members whose word on where another listens is remembered; the one that spoke longest ago is forgotten. */
export const MAX_TELLERS = 8
/** An Ed25519 peer id has 52 characters. */
export const MAX_PEER_ID_LENGTH = 64

// Receipts

/** What a receipt's author signs is this prefix and its bytes. */
export const RECEIPT_DOMAIN = 'peermerge/receipt/1\0'
/** Authors whose newest number a receipt names: all of a consortium of this size. Of 12 bytes each. */
export const MAX_RECEIPT_NUMBERS = 256
/** Tasks that a receipt has scores of, of 24 bytes each: it goes to everybody after every merge, so that the rest stays at home. */
export const MAX_RECEIPT_SCORES = 64
/** Most samples that one score says: what a charter can let a contribution have at most. */
export const MAX_SCORED_SAMPLES = 2 ** 24
/** Numbers take 3 KiB, scores 1.5 KiB, the fields around them about 450 bytes. */
export const MAX_RECEIPT_BYTES = 6 * 1024
/** Receipts remembered, one a member; the one that was heard longest ago is forgotten. */
export const MAX_RECEIPTS = 1024
/** A node tells of itself at most this often, whatever changes: a burst of arrivals gives one receipt. */
export const RECEIPT_MIN_MS = 2_000
/** And again after this, times a random factor from 0.75 to 1.25, so that silence means something. */
export const RECEIPT_REPEAT_MS = 60_000
/** Of one node faster than this a receipt is dropped unread: two that were sent in time may arrive closer together. */
export const RECEIPT_FLOOD_MS = 250
/** What was heard longer ago is not said of now: one repetition may be lost. */
export const RECEIPT_CURRENT_MS = 150_000

// Chunks

/** Payloads are cut into chunks of this size; only the last may be shorter. */
export const MAX_CHUNK_BYTES = CHUNK_BYTES
/** Fills the link (415 MiB/s on loopback) while a read stays bounded. */
export const CHUNK_FRAME_BYTES = 256 * 1024
/** A chunk in flight, its head and slack; a peer that sends more than was asked for loses the stream. */
export const MAX_CHUNK_BUFFER_BYTES = 2 * MAX_CHUNK_BYTES
/** An envelope has room for the digests of some 900 chunks; a map of them has a bit for each. */
export const MAX_CHUNKS_PER_PAYLOAD = 1024
/** Contributions fetched at once unless the site says otherwise; times DEFAULT_HOLDERS_PER_FETCH it bounds memory to 16 chunks. */
export const DEFAULT_FETCHES = 4
/** Holders that serve one contribution at once unless the site says otherwise. */
export const DEFAULT_HOLDERS_PER_FETCH = 4
/** Most that a site may say of either. */
export const MAX_FETCHES = 16
/** Beginnings of chunks that wait for another holder: 32 MiB. */
export const MAX_PARTIAL_CHUNKS = 32
/** A holder that has nothing more to give is asked again while others still send: first so soon, then doubling. */
export const HAVE_AGAIN_MIN_MS = 200
export const HAVE_AGAIN_MAX_MS = 2_000
/** While a holder of the whole payload gives, others are asked for it only where more is left than came in this time: a fetch that ends soon costs one stream. */
export const HELPERS_AFTER_MS = 3_000
/** An idle holder takes over a chunk only after this, and where it saves more than this: a second is nothing on a busy machine. */
export const TAKE_OVER_GAIN_MS = 4_000
/** And where it is so many times faster: what is under way from the other, up to a whole chunk, comes again. */
export const TAKE_OVER_FACTOR = 4
/** A stream whose fetch has ended is kept so long, to say that the payload is whole here; then it is closed. */
export const SPARE_STREAM_MS = 1_000
/** Inbound chunk streams of one peer: one for each fetch, and one to say that a payload is whole. */
export const MAX_CHUNK_STREAMS_PER_PEER = MAX_FETCHES + 4
/** Chunks read from disk and sent at once, over all peers, unless the site says otherwise. */
export const DEFAULT_CHUNKS_SERVED = 16
/** Most that a site may say of it: 64 chunks in memory. */
export const MAX_CHUNKS_SERVED = 64
/** Share of these that one member may have: its own fetches in parallel, and room for three more members. */
export const MEMBER_SERVING_SHARE = 1 / 4
/** Requests that wait for a slot, a quarter of them of one member at most; others are answered `busy`. */
export const MAX_WAITING_REQUESTS = 64
/** A request that has waited so long is answered `busy`: well before the asker gives up on the first byte. */
export const SLOT_WAIT_MS = 2_000
/** The least limit on bandwidth: one frame in 4 s, so that nobody takes the node for dead. */
export const MIN_BANDWIDTH = 64 * 1024
/** With a limit on bandwidth, no more chunks at once than get a frame each in this time. */
export const FRAME_PACE_MS = 4_000
/** Members that asked for a payload and are told when it is whole here. */
export const MAX_ASKERS_PER_PAYLOAD = 64
/** Contributions used lately whose author and chunk list are remembered: 16 MiB if all were of 900 MiB. */
export const MAX_PAYLOAD_FACTS = 256
/** Requests on one stream before it must be opened anew. */
export const MAX_REQUESTS_PER_STREAM = 1024

// Set reconciliation

/** One frame: a greeting with all it may tell, the answers to a message of ranges, or a batch of envelopes. */
export const MAX_SYNC_FRAME_BYTES = 256 * 1024
/** An honest peer has one reconciliation under way in each direction; one to spare while it ends. */
export const MAX_SYNC_STREAMS_PER_PEER = 3
/** Requests of one reconciliation: 65,536 envelopes of the usual size, more than one session takes. */
export const MAX_SYNC_REQUESTS = 2048
/** Sets in one greeting: statements, contributions, and room for kinds to come. */
export const MAX_SYNC_SETS = 8
export const MAX_SET_NAME_LENGTH = 32
/** Drawn by each side for one session. */
export const SYNC_NONCE_BYTES = 16
/** A range that differs is cut into so many: with 16, ten ids missing among a thousand are found in two round trips. */
export const RANGE_BRANCHING = 16
/** A range that differs and holds at most this many ids is listed, which costs about what cutting it would. */
export const MAX_IDS_PER_RANGE = 8
/** Ids that one answer adds to a listed range, 16 KiB; where there are more, the range is cut. */
export const MAX_REST_PER_RANGE = 512
/** Eight bytes under a nonce that both sides draw: two ranges that differ look alike once in 2⁶⁴, and not again. */
export const RANGE_FINGERPRINT_BYTES = 8
/** Ranges asked in one message; what waits in the asker stays below this × RANGE_BRANCHING² × MAX_RANGE_DEPTH. */
export const MAX_RANGES_PER_MESSAGE = 512
/** How often a range may be cut: 16¹² ids. */
export const MAX_RANGE_DEPTH = 12
/** Ids that one session brings over in each direction for one set, 512 KiB of ids; the next session brings the rest. */
export const MAX_WANTED_PER_SESSION = 8192
/** Envelopes asked for at once. */
export const MAX_ENVELOPES_PER_BATCH = 64
/** Reconciliations run at once by this node. */
export const MAX_RECONCILIATIONS = 8

// Memory of what was seen

/** Headers that cannot be judged yet; at most 64 MiB of envelopes, usually 2 MiB. The oldest is forgotten and comes again. */
export const MAX_HELD = 1024
/** Ids whose header was refused; the oldest is forgotten and, if offered again, judged again. */
export const MAX_REFUSED = 65_536

/** Contributions whose holders are remembered while they are fetched; without it every connected member is asked. */
export const MAX_UNSETTLED = 4096

// Connections

/** Other members known up to which each node keeps a connection to every one. */
export const FULL_MESH_PEERS = 31
/** In larger consortia: twice what gossip's mesh needs, and enough that random links hold a thousand members together. */
export const TARGET_CONNECTIONS = 16
/** In larger consortia a member that all others dial first, such as the founder, sends away those above; not those that it relays for. */
export const MAX_MEMBER_CONNECTIONS = 64
/** Consortia have at most a few hundred members. */
export const MAX_CONNECTIONS = 300
/**
 * Handshakes under way, each a socket for at most DIAL_TIMEOUT_MS. Who fills all places keeps others from coming in, but not
 * this node from dialling them.
 */
export const MAX_PENDING_CONNECTIONS = 256
/** Of them from one address: a whole campus behind one may come back at once, one machine must not take all places. */
export const MAX_PENDING_PER_ADDRESS = 128
/**
 * Of one member: both sides dialled, direct beside relayed, and one or two that died unnoticed. Beyond it the oldest is
 * closed, as it is the likeliest to be dead.
 */
export const MAX_CONNECTIONS_PER_PEER = 4
/** Per second and IP address; libp2p's 5 refuses honest members behind one NAT or in one swarm test. */
export const MAX_CONNECTIONS_PER_SECOND_AND_ADDRESS = 100
/** yamux may send this much unread data on one stream; it must not exceed the read buffer or the stream is reset. */
export const STREAM_WINDOW_BYTES = 4 * 1024 * 1024
export const STREAM_READ_BUFFER_BYTES = 8 * 1024 * 1024

/** Reservations of a relay unless the operator says otherwise: more than the members of most consortia. */
export const DEFAULT_MAX_RESERVATIONS = 128
/** Relays that an unreachable node holds a place at: one may die and the other goes on. */
export const RELAYS_WANTED = 2
/** Connections that one member may have open through one relay: to every other member. */
export const MAX_RELAYED_STREAMS_PER_PEER = MAX_CONNECTIONS
/** A pre-shared network key, for XSalsa20. */
export const NETWORK_KEY_BYTES = 32

// Probes

/** Addresses that a member may ask another to try at once. */
export const MAX_PROBED_ADDRESSES = 4
/** Request and reply: addresses, verdicts and a few digests. */
export const MAX_PROBE_FRAME_BYTES = 4 * 1024
export const MAX_PROBE_STREAMS_PER_PEER = 2
/** Of one member: a person who asks again and again, and a node that asks by itself, with room for both. */
export const PROBES_PER_MINUTE = 6
/** Members whose rate is remembered; more than a consortium has. */
export const MAX_RATED_PROBERS = 1024
/** Dials on behalf of others at once; who comes beyond it is told `busy`. */
export const MAX_PROBE_DIALS = 8
/** Members that are asked to dial back. */
export const PROBERS = 3

// Rates

/** Inbound streams served at once, over all protocols and peers; some 100 KiB each at worst. */
export const MAX_INBOUND_STREAMS = 1024
/** Of one peer, over all protocols: more than an honest one ever has open (20 of chunks, a few of the others). */
export const MAX_INBOUND_STREAMS_PER_PEER = 32
/** Requests of one peer on one protocol; who asks faster is read later. */
export const REQUEST_RATE: Rate = { perSecond: 200, burst: 400 }
/** Of chunks, 1 MiB each: more than a loopback carries, far less than would load a processor. */
export const CHUNK_REQUEST_RATE: Rate = { perSecond: 500, burst: 1000 }
/** Gossip messages that one peer brings: 300 members at ANNOUNCER_RATE would be fewer, as most say nothing most of the time. */
export const GOSSIP_RATE: Rate = { perSecond: 50, burst: 500 }
/** Bytes of them; the burst is the largest frame, twice. */
export const GOSSIP_BYTE_RATE: Rate = { perSecond: 256 * 1024, burst: 2 * 1024 * 1024 }
/** Messages of one signer that are passed on: a site publishes every few minutes, and all it has when it starts. */
export const ANNOUNCER_RATE: Rate = { perSecond: 2, burst: 200 }
/**
 * Contributions of one author that are kept and offered, the newest of every task and kind first: eleven a day for a year,
 * of some 2 KiB beside their payloads.
 */
export const MAX_CONTRIBUTIONS_PER_AUTHOR = 4096
/** New ones of one author: all it may have for a late joiner, then 180 an hour, where a site publishes a few. */
export const AUTHOR_RATE: Rate = { perSecond: 0.05, burst: MAX_CONTRIBUTIONS_PER_AUTHOR }
/** What came faster is asked for again after this. */
export const FORGET_RATE_MS = 600_000
/** Refusals of one peer that are told and logged one by one, so that nobody fills a log; all are counted. */
export const TOLD_REFUSALS_RATE: Rate = { perSecond: 0.2, burst: 100 }
/** Peers whose rates are remembered: members only, of whom there are a few hundred. */
export const MAX_RATED_PEERS = 4096

// Times

/** One address: TCP, then the handshake. */
export const ATTEMPT_TIMEOUT_MS = 5_000
/** Members that a diagnosis looks at, and attempts that it has under way at once. */
export const MAX_EXAMINED = 64
export const MAX_ATTEMPTS = 16
/** All that a member tries for another, which goes on at once, and the way there and back. */
export const PROBE_TIMEOUT_MS = 3 * ATTEMPT_TIMEOUT_MS
/** A node that does not know whether it can be reached asks when it first has company, and again after this. */
export const REACHABILITY_MS = 600_000
/** From the first connection, for others to come. */
export const REACHABILITY_FIRST_MS = 1_000
/** For the second time: by then members that can be dialled are connected. */
export const REACHABILITY_AGAIN_MS = 30_000
export const DIAL_TIMEOUT_MS = 10_000
/** Direct addresses of a peer that also has relayed ones: two lost SYNs, then the relay. */
export const DIRECT_DIAL_TIMEOUT_MS = 4_000
/** A member that is reached through a relay is dialled directly again after waits that double between these two. */
export const UPGRADE_MIN_MS = 15_000
export const UPGRADE_MAX_MS = 600_000
/** A relayed connection stays so long beside a direct one, so that what is under way on it ends. */
export const REPLACED_AFTER_MS = 2_000
/** What relay and member say to each other before a relayed connection is up. */
export const HOP_TIMEOUT_MS = 10_000
/** A node that lacks relays looks for them this often among its connected members. */
export const RELAY_SEEK_MS = 3_000
/** Members on the same LAN are asked for this often. */
export const LAN_QUERY_MS = 10_000
export const OPEN_STREAM_TIMEOUT_MS = 5_000
/** Until the first byte of a reply. */
export const FIRST_BYTE_TIMEOUT_MS = 5_000
/** Between bytes, and between requests on one stream. */
export const IDLE_TIMEOUT_MS = 10_000
/** A whole frame may take so many times the wait for its next byte: 9 KiB/s; who drips slower holds no stream open. */
export const FRAME_PATIENCE = 3
/** A whole chunk: 17 KiB/s; a holder that drips slower is left for another. */
export const CHUNK_TIMEOUT_MS = 60_000
/** One reconciliation with one peer. */
export const RECONCILE_TIMEOUT_MS = 60_000
export const CLOSE_TIMEOUT_MS = 1_000
/** While sets differ, reconciliation repeats after a random time between these two. */
export const RECONCILE_MIN_MS = 2_000
export const RECONCILE_MAX_MS = 5_000
/** While nothing differs the wait doubles up to this: what gossip lost is found by someone within seconds all the same. */
export const RECONCILE_QUIET_MS = 30_000
/** A peer that fails is asked after waits that double up to this; it may ask itself at any time. */
export const RECONCILE_AVOID_MS = 300_000
/** For so long a difference that moved nothing is taken to move nothing again, if neither side has changed. */
export const RECONCILE_SETTLED_MS = 300_000
/** Connected members asked in one round: an id that half of a hundred lack has reached all after three rounds. */
export const RECONCILE_FANOUT = 3
/** Where members listen is told anew this often: some 6 KiB to each peer, for what was lost or came too early. */
export const TELL_AGAIN_MS = 60_000
/** A peer whose gossip cannot be judged is asked for what explains it, but not more often than this. */
export const RECONCILE_AGAIN_MS = 1_000
/** A fetch that ended incomplete is taken up again after this, doubling; at once when someone connects or says to hold it. */
export const REFETCH_MIN_MS = 1_000
export const REFETCH_MAX_MS = 30_000
/** Vain fetches, with members connected, after which a superseded payload that nobody has is let go. */
export const VAIN_FETCHES = 6
/** Redial: doubles from the first to the second, times a random factor from 0.5 to 1.5, for ever. */
export const REDIAL_MIN_MS = 500
export const REDIAL_MAX_MS = 30_000
/** How long the peer with the greater id waits for the other to dial first, so that two do not dial each other. */
export const REDIAL_YIELD_MS = 500
/** A holder that was slow or broke off is avoided for this, doubling. */
export const HOLDER_BACKOFF_MIN_MS = 500
export const HOLDER_BACKOFF_MAX_MS = 30_000
/** A holder that sent wrong bytes or broke a protocol is avoided for this, times its strikes. */
export const LIAR_BLOCK_MS = 300_000
/** Strikes count half after this. */
export const STRIKE_HALF_LIFE_MS = 300_000
/** More are not counted: the longest avoidance is half an hour, which a mended program survives. */
export const MAX_STRIKES = 6
/** Gossip score per strike; gossipsub ignores a peer below −80. */
export const STRIKE_SCORE = -30
/** Shortest and longest wait before something held is judged again. */
export const REJUDGE_MIN_MS = 1_000
export const REJUDGE_MAX_MS = 60_000
/** A member is pinged this often; a frozen one is noticed within ping interval and timeout. */
export const PING_INTERVAL_MS = 10_000
/** Longer than the pause of a machine that is busy training. */
export const PING_TIMEOUT_MS = 15_000

// Strangers and admission

export const ADMISSION_PROTOCOL = '/peermerge/admit/1'
/** Peers that are no members, connected at once to show a ticket; a site joins once in its life, so few are ever honest at once. */
export const MAX_STRANGERS = 16
/** Of them from one address: a campus may bring several sites in at once, one machine must not take all places. */
export const MAX_STRANGERS_PER_ADDRESS = 4
/** Handshake, identify, a ticket and a request take some 10 KiB; ten times that on a bad day. */
export const MAX_STRANGER_BYTES = 128 * 1024
/** A ticket of 4 KiB, a request of 2 KiB and slack. */
export const MAX_ADMISSION_REQUEST_BYTES = 8 * 1024
/** Two charters, or statements, in one frame. */
export const MAX_ADMISSION_FRAME_BYTES = 512 * 1024
/** A newcomer asks one thing after another. */
export const MAX_ADMISSION_STREAMS_PER_PEER = 2
/** Requests on one stream: a hello, an ask, and slack. */
export const MAX_ADMISSION_REQUESTS = 4
/** Requests that wait for a member's word at this node, some 8 KiB each on disk; who comes later is told `busy`. */
export const MAX_PENDING_REQUESTS = 64
/** With one ticket, if it lets in fewer: a ticket that got around cannot fill the list. */
export const MAX_PENDING_PER_TICKET = 4
/** After it a request that nobody has answered is forgotten. */
export const PENDING_REQUEST_MS = 30 * 86_400_000
/** Clocks of members may differ by so much. */
export const TICKET_TOLERANCE_S = 300
/** How often a newcomer that waits for a member's word asks again: doubling. */
export const ASK_AGAIN_MIN_MS = 500
export const ASK_AGAIN_MAX_MS = 15_000
/** Until a valid ticket has been shown. */
export const STRANGER_PROOF_MS = 10_000
/** From then on, to read the charter and the ledger. */
export const STRANGER_STAY_MS = 60_000
/** Asked and answered of one peer: once is enough, and answers of up to the whole ledger cannot be had over and over. */
export const STANDING_RATE = { perSecond: 1 / 30, burst: 2 }
/** To be told who voted: as long as a stranger may stay. */
export const STANDING_TIMEOUT_MS = STRANGER_STAY_MS

// Rounds of the staged schedule

export const ROUND_PROTOCOL = '/peermerge/round/1'
export const ROUND_DOMAIN = 'peermerge/round/1\0'
/** Of a home's memory: 2^-64 is the chance that two agree. */
export const INCARNATION_BYTES = 8
/** Who votes in one round; its certificate holds a vote of some 400 bytes of each. */
export const MAX_ACCEPTORS = 1_024
/** One of each site and kind, for the largest consortium. */
export const MAX_CUT_CONTRIBUTIONS = 4_096
/** 4,096 ids of 32 bytes and 1,024 acceptors of some 90. */
export const MAX_CUT_BYTES = 256 * 1024
/** What a round is about, in words of the layer above: two digests in hexadecimal, or a few words and numbers. */
export const MAX_AGENDA_LENGTH = 128
/** A cut and its frame. */
export const MAX_ROUND_MESSAGE_BYTES = MAX_CUT_BYTES + 4 * 1024
/** A cut and 1,024 votes. */
export const MAX_CERTIFICATE_BYTES = 1024 * 1024
/** A round an hour for a century. */
export const MAX_ROUND = 1_000_000
/** A ballot every second of a round of ten days. */
export const MAX_BALLOT = 1_000_000
/** Words of one kind and author that are kept in a round, of its newest ballots: older ones decide nothing new. */
export const MAX_WORDS_PER_AUTHOR = 8
/** Before a later ballot is tried: doubles with every ballot of a round, times a random factor from 1 to 2. Safety rests on none of them. */
export const BALLOT_MIN_MS = 5_000
export const BALLOT_MAX_MS = 300_000
/** A certificate, or a cut and what all say of it. */
export const MAX_ROUND_FRAME_BYTES = MAX_CERTIFICATE_BYTES + 64 * 1024
/** A number and a digest. */
export const MAX_ROUND_REQUEST_BYTES = 128
/** Words of 1,024 acceptors: a few frames. */
export const MAX_ROUND_FRAME_ITEMS = 2_048
export const MAX_ROUND_STREAMS_PER_PEER = 2
/** A node that was away for long asks again for the rest. */
export const MAX_CERTIFICATES_PER_ANSWER = 64
/** Frames of one answer: 64 certificates, and what all say of a round in which several have proposed. */
export const MAX_ROUND_FRAMES_PER_ANSWER = 256
/** Of one peer: it asks every few seconds, and 64 certificates at a time when it was away for long. */
export const ROUND_REQUEST_RATE: Rate = { perSecond: 5, burst: 50 }
/** Words of one author from the topic: a round takes six, and a repaired one some more. Beyond it they are dropped unread and asked for. */
export const ROUND_WORD_RATE: Rate = { perSecond: 2, burst: 100 }
/** After somebody has connected, and gossip does not flow yet, the waits begin with this and double. */
export const ROUND_ASK_MIN_MS = 250
/** A connected member is asked for what is missing this often, another one each time, times a random factor from 0.75 to 1.25. */
export const ROUND_ASK_MS = 5_000
/** One whose words show that it knows more is asked at once, but not more often than this. */
export const ROUND_ASK_AGAIN_MS = 500
/** A member that does not answer is asked after waits that double up to this. */
export const ROUND_AVOID_MS = 60_000
/** One answer: 64 certificates of 1 MiB at 1 MiB/s. */
export const ROUND_ASK_TIMEOUT_MS = 60_000
