import {
  foldLedger,
  standingOf,
  type LedgerState,
  type OpenedStatement,
  type Standing,
} from '../gossip/records.ts'
import type { ContributionHeader, MergeSpec } from '../merge/index.ts'
import { carriedCharters, charterInForce, type CarriedCharter } from './carried-charters.ts'
import { charterDigest, type Charter } from './charter.ts'
import type { CharterFacts } from './judge.ts'
import { LedgerRoster } from './roster.ts'
import { specUnder } from './spec-under.ts'

/** What contributions are judged and merged by where no node runs: the very same that a node finds in its ledger. */
export interface ConsortiumRules {
  /** Digest of the founding charter. */
  readonly consortium: string
  /** In force. */
  readonly charter: Charter
  readonly charterDigest: string
  readonly spec: MergeSpec
  readonly carried: ReadonlyMap<string, CarriedCharter>
  readonly roster: LedgerRoster
  readonly state: LedgerState
}

/** As {@link Standing}; `other-shape`: made under a charter that is carried over, whose tensors do not fit those of the one in force. */
export type FileStanding = Standing | 'other-shape'

/**
 * A founding charter alone, or with statements of its consortium whose signatures hold.
 *
 * @throws InvalidFileError, MergeSpecError - an amendment brings no charter that this version knows
 */
export function rulesOf(founding: Charter, statements: readonly OpenedStatement[] = []): ConsortiumRules {
  const consortium = charterDigest(founding)
  const genesis = { consortium, members: founding.members }
  const state = foldLedger(genesis, statements)
  const charter = charterInForce(state, founding)
  const carried = carriedCharters(state, founding)
  return {
    consortium,
    charter,
    charterDigest: state.charter,
    spec: specUnder(charter, state),
    carried,
    roster: new LedgerRoster({ genesis, state }, new Set([state.charter, ...carried.keys()])),
    state,
  }
}

/** Whether a contribution counts, from its header alone. */
export function standingUnder({ state, roster }: ConsortiumRules, header: ContributionHeader): FileStanding {
  const standing = standingOf(state, header)
  return standing === 'counts' && !roster.counts(header) ? 'other-shape' : standing
}

/** What the header and payload of one that counts are judged by: the charter that it was made under. */
export function factsUnder(rules: ConsortiumRules, { charter }: ContributionHeader): CharterFacts {
  const { consortium } = rules
  const isAuthor = (): boolean => true // its standing says so
  const own = rules.carried.get(charter)
  if (own !== undefined) return { ...own, charterDigest: charter, consortium, isAuthor }
  return {
    charter: rules.charter,
    charterDigest: rules.charterDigest,
    spec: rules.spec,
    consortium,
    isAuthor,
  }
}
