import { CHUNK_PROTOCOL } from '../../src/gossip/constants.ts'
import { makeContribution, type TestContribution } from '../../test/helpers/gossip/contributions.ts'
import { allConnected, allHold, publish, Swarm, type TestNode } from '../../test/helpers/gossip/swarm.ts'
import { Faults, FaultyStore, TrustingJudge } from './faulty-store.ts'
import { median, progress, timed, type Timed } from './measure.ts'

/** The product's own. */
const RECONCILE_MS = { min: 2_000, max: 5_000 }
const PATIENCE_MS = 300_000

export interface SpreadOptions {
  readonly nodes: number
  readonly payloadBytes: number
  readonly rounds: number
  /** Share of chunk requests that the holder breaks off, half of them within the chunk. */
  readonly faults: number
}

/** What moves the same payloads from each node to every other, in another way. */
export interface Opponent extends AsyncDisposable {
  readonly name: string
  transferAll(payloads: readonly Uint8Array[]): Promise<Timed>
}

export interface SpreadResult {
  readonly opponent: string
  readonly oursMs: number
  readonly theirsMs: number
  /** Medians over the rounds of ours / theirs, each pair taken one after the other. */
  readonly ratio: number
  readonly ratios: readonly number[]
  readonly cpuRatio: number
  readonly cpuRatios: readonly number[]
  /** Bytes on the sockets, encryption, gossip and all, over payload bytes that have to move; the worst round. */
  readonly movedOverIdeal: number
  /** Bytes in frames of the chunk protocol, some 100 to a request, over the same; the worst round. */
  readonly framesOverIdeal: number
  /** Chunks that came whole a second time to a node that had them. */
  readonly chunksAgain: number
  readonly faultsInjected: number
}

interface Round {
  readonly ours: Timed
  readonly theirs: Timed
  readonly moved: number
  readonly frames: number
  readonly again: number
}

/**
 * Every node publishes one payload; time until all have verified and admitted all. In turn with the opponent: which of the two goes
 * first changes with the rounds.
 */
export async function spread(options: SpreadOptions, opponent: Opponent): Promise<SpreadResult> {
  await using swarm = new Swarm()
  const faults = new Faults()
  const nodes = await connected(swarm, options.nodes, faults)
  const rounds: Round[] = []
  for (let number = 0; number <= options.rounds; number++) {
    const round = await oneRound({ nodes, opponent, faults, number, options })
    const which = number === 0 ? 'to warm up' : `round ${number} of ${options.rounds}`
    const [ours, other] = [round.ours, round.theirs].map(({ ms }) => Math.round(ms))
    progress(`${which}: ${ours} ms, ${opponent.name} ${other} ms, ratio ${(ours! / other!).toFixed(2)}`)
    if (number > 0) rounds.push(round)
  }
  return { opponent: opponent.name, ...summary(rounds), faultsInjected: faults.injected }
}

interface RoundInit {
  readonly nodes: readonly TestNode[]
  readonly opponent: Opponent
  readonly faults: Faults
  readonly number: number
  readonly options: SpreadOptions
}

async function oneRound({ nodes, opponent, faults, number, options }: RoundInit): Promise<Round> {
  const { payloadBytes } = options
  const ideal = nodes.length * (nodes.length - 1) * payloadBytes
  const contributions = await Promise.all(
    nodes.map(({ identity }) => makeContribution(identity, { sequence: number + 1, size: payloadBytes })),
  )
  const payloads = contributions.map(({ payload }) => payload)
  const before = number % 2 === 1 ? await opponent.transferAll(payloads) : undefined
  const [socketBytes, frameBytes] = [onSockets(nodes), inFrames(nodes)]
  faults.rate = options.faults
  const ours = await timed(() => spreadOnce(nodes, contributions))
  faults.rate = 0
  const moved = (onSockets(nodes) - socketBytes) / ideal
  const frames = (inFrames(nodes) - frameBytes) / ideal
  const again = nodes.reduce((sum, { store }) => sum + store.puts.length - new Set(store.puts).size, 0)
  for (const { store } of nodes) store.chunks.clear() // needed no more
  return { ours, theirs: before ?? (await opponent.transferAll(payloads)), moved, frames, again }
}

function summary(rounds: readonly Round[]): Omit<SpreadResult, 'opponent' | 'faultsInjected'> {
  const ratios = rounds.map(({ ours, theirs }) => ours.ms / theirs.ms)
  const cpuRatios = rounds.map(({ ours, theirs }) => ours.cpuMs / theirs.cpuMs)
  return {
    oursMs: median(rounds.map(({ ours }) => ours.ms)),
    theirsMs: median(rounds.map(({ theirs }) => theirs.ms)),
    ratio: median(ratios),
    ratios,
    cpuRatio: median(cpuRatios),
    cpuRatios,
    movedOverIdeal: Math.max(...rounds.map(({ moved }) => moved)),
    framesOverIdeal: Math.max(...rounds.map(({ frames }) => frames)),
    chunksAgain: rounds.reduce((sum, { again }) => sum + again, 0),
  }
}

async function connected(swarm: Swarm, count: number, faults: Faults): Promise<TestNode[]> {
  const nodes: TestNode[] = []
  for (let i = 0; i < count; i++) {
    const store = new FaultyStore(faults)
    const bootstrap = nodes[0]?.network.addresses() ?? []
    nodes.push(
      await swarm.node({ store, judge: new TrustingJudge(store), bootstrap, reconcileMs: RECONCILE_MS }),
    )
  }
  await allConnected(nodes, PATIENCE_MS)
  return nodes
}

async function spreadOnce(
  nodes: readonly TestNode[],
  contributions: readonly TestContribution[],
): Promise<void> {
  const known = nodes[0]!.store.admitted()
  await Promise.all(nodes.map((node, i) => publish(node, contributions[i]!)))
  await allHold(nodes, [...known, ...contributions.map(({ id }) => id)], PATIENCE_MS)
}

/** Received so far. */
function onSockets(nodes: readonly TestNode[]): number {
  return nodes.reduce((sum, { network }) => sum + network.traffic().bytesReceived, 0)
}

/** Received so far, requests and replies. */
function inFrames(nodes: readonly TestNode[]): number {
  return nodes.reduce(
    (sum, { network }) => sum + (network.counters.protocols().get(CHUNK_PROTOCOL)?.receivedBytes ?? 0),
    0,
  )
}
