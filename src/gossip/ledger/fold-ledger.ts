import { sha256Hex } from '../../merge/index.ts'
import { digestsBytes } from '../wire/wire.ts'
import { byKey } from './by-key.ts'
import { canonicalOrder } from './canonical-order.ts'
import { causalClosure } from './causal-closure.ts'
import type { CausalIndex } from './causal-index.ts'
import { Fold, type Findings } from './fold.ts'
import type { Genesis, LedgerState, OpenedStatement } from './types.ts'

/**
 * What a set of statements says: the same for every order of arrival and any repetition. Statements whose parents are missing wait and are
 * not looked at. No clock is involved.
 *
 * Cost: n log n for n statements, times 1 + the removals that overrule earlier ones.
 */
export function foldLedger(genesis: Genesis, statements: Iterable<OpenedStatement>): LedgerState {
  const index = causalClosure(statements)
  return stateOf(index, runFold(index, genesis))
}

/** Applies all, again and again until no removal shows that something before must not have counted. Each run keeps a decision more. */
export function runFold(index: CausalIndex, genesis: Genesis): Fold {
  const order = canonicalOrder(index)
  const findings: Findings = { decisions: [], overruled: new Set() }
  for (;;) {
    const fold = new Fold(index, genesis, findings)
    for (const number of order) {
      fold.apply(number)
      if (fold.isStale) break
    }
    if (!fold.isStale) return fold
  }
}

export function stateOf(index: CausalIndex, fold: Fold): LedgerState {
  const { members, endings } = fold.members
  const ids = index.statements.map(({ id }) => id)
  return {
    head: sha256Hex(digestsBytes([...ids].sort())),
    statements: ids.length,
    members: byKey(
      [...members].map(
        ([id, { name, by, invitedBy, contributes }]) =>
          [id, { id, name, by, invitedBy, contributes }] as const,
      ),
    ),
    former: byKey([...endings].map(([id, { former }]) => [id, former] as const)),
    charter: fold.charters.current,
    charters: fold.charters.counting,
    charterBytes: new Map(fold.charters.bytes),
    withdrawn: byKey(fold.withdrawn),
    equivocations: byKey(
      [...fold.equivocations].map(
        ([peer, numbers]) => [peer, new Set([...numbers].sort((a, b) => a - b))] as const,
      ),
    ),
    tickets: byKey(fold.tickets),
    tasks: fold.tasks.opened(),
    proposals: [...fold.ballots.values()]
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map((ballot) => ballot.proposal(fold.members.electorate(ballot.known))),
    void: byKey([...fold.void].map(([number, reason]) => [ids[number]!, reason] as const)),
  }
}
