import type { RoundSource, RoundStart } from '../../gossip/index.ts'
import {
  formatAgenda,
  nextAgenda,
  parseAgenda,
  phaseAt,
  type StagedChain,
  type StagedSpec,
} from '../../merge/index.ts'
import type { LedgerRoster } from '../roster.ts'
import type { NodeStore, StoredContribution } from '../types.ts'

export interface StagedSourceInit {
  readonly staged: StagedSpec
  readonly store: Pick<NodeStore, 'get' | 'list'>
  readonly roster: LedgerRoster
  /** All rounds that are merged here. */
  chain(): StagedChain
  /** Opened tasks that this run knows, in the order of their opening. */
  tasks(): readonly string[]
  /** Whether this site has nothing to give to a step of this task. */
  hasNothing(task: string | null, phase: 'train' | 'end'): boolean
}

/** What the rounds are decided from: contributions that are here, and the next step of a task or the next task. */
export function stagedSource(init: StagedSourceInit): RoundSource {
  const { store, roster, staged } = init
  return {
    held: (round) => heldIn(round, roster.counting(store)),
    isHeld: (id) => store.get(id)?.state === 'admitted',
    members: () => votersAmong(roster),
    charter: () => roster.charter,
    agenda: (start) => nextOf(init, start),
    hasNothing(start) {
      const agenda = parseAgenda(start.agenda)
      if (agenda === null) return true
      return init.hasNothing(agenda.task, phaseAt(staged, agenda) === 'end' ? 'end' : 'train')
    },
  }
}

/** Who only listens votes in no round, so that none waits for its vote. */
function votersAmong({ members }: Pick<LedgerRoster, 'members'>): readonly string[] {
  return members.filter(({ contributes }) => contributes !== false).map(({ id }) => id)
}

/** Of two contributions of one author the smaller id: everybody who holds both takes the same. */
function heldIn(round: number, store: Pick<NodeStore, 'list'>): ReadonlyMap<string, string> {
  const held = new Map<string, string>()
  for (const { id, header } of store.list('admitted')) {
    if (header.round === round && !held.has(header.peer)) held.set(header.peer, id) // by ascending id
  }
  return held
}

/** Tasks are worked on in the order of their opening, from the charter's own on. Who has not come so far in merging does not know what is next. */
function nextOf(init: StagedSourceInit, start: RoundStart): string | null {
  const { round, ended } = init.chain()
  if (round !== start.round) return null
  const finished = new Set([null, ...ended.map(({ task }) => task)])
  const next = nextAgenda(init.staged, parseAgenda(start.agenda), init.tasks(), finished)
  return next === undefined ? null : formatAgenda(next)
}

/** What this site has contributed to a round. */
export function ownIn(
  round: number,
  self: string,
  store: Pick<NodeStore, 'list'>,
): StoredContribution | undefined {
  return store
    .list('admitted', 'fetching')
    .find(({ header }) => header.peer === self && header.round === round)
}
