import type { AcceptorStatus, RoundPhase, RoundStatus } from '../../gossip/index.ts'
import type { StagedSpec } from '../../merge/index.ts'
import { describeAgenda, type AgendaReport } from './agenda-text.ts'
import { namesInOrder } from '../member-name.ts'
import { describeRound } from './round-text.ts'

/** The round under way, with names. */
export interface RoundReport {
  readonly round: number
  readonly about: AgendaReport
  readonly phase: RoundPhase
  /** Whether this site votes in it; who has joined or was restored votes from the next one on. */
  readonly takesPart: boolean
  /** Rounds that are merged here; fewer than `round` while this site catches up. */
  readonly merged: number
  /** Contributions of decided rounds that are on their way here. */
  readonly lacking: number
  readonly voters: readonly (Omit<AcceptorStatus, 'peer'> & { readonly id: string; readonly name: string })[]
  /** Names of those that vote from the next round on. */
  readonly joining: readonly string[]
  /** Later ballots that were tried. */
  readonly ballots: number
  readonly able: number
  readonly needed: number
  readonly underWayMs: number
  /** What it waits for, and who. */
  readonly text: string
  /** What people have to do; null where it goes on by itself. */
  readonly todo: string | null
}

export interface RoundReportFacts {
  readonly staged: StagedSpec
  readonly status: RoundStatus
  readonly merged: number
  readonly lacking: number
  memberName(peer: string): string
  taskName(task: string): string | undefined
}

export function reportRound({ staged, status, merged, lacking, ...names }: RoundReportFacts): RoundReport {
  const { round, agenda, phase, acceptors, joining, ballots, able, needed, underWayMs } = status
  const nameOf = (peer: string): string => names.memberName(peer)
  const about = describeAgenda(staged, agenda, (task) => names.taskName(task))
  return {
    round,
    about,
    phase,
    takesPart: status.isAcceptor,
    merged,
    lacking,
    voters: acceptors.map(({ peer, ...did }) => ({ id: peer, name: nameOf(peer), ...did })),
    joining: joining.map(nameOf),
    ballots,
    able,
    needed,
    underWayMs,
    text:
      merged < round
        ? `round ${round} (${about.text}): this site catches up`
        : describeRound({ ...status, agenda: about.text }, nameOf),
    todo: todoFor(status, nameOf),
  }
}

function todoFor(
  { phase, missing, acceptors, needed }: RoundStatus,
  nameOf: (peer: string) => string,
): string | null {
  if (phase === 'no-majority') {
    return `start the nodes of ${namesInOrder(missing, nameOf).join(', ')}, or mend their network, until ${needed} of ${acceptors.length} are there`
  }
  if (phase !== 'forgotten') return null
  const forgetful = acceptors.filter(({ hasForgotten }) => hasForgotten).map(({ peer }) => peer)
  return `start the disk that was in use before at ${namesInOrder(forgetful, nameOf).join(', ')}, not a copy; where none is left, the newest merge stays in use, and training on needs a new consortium (peermerge create)` // prettier-ignore
}
