import type { NodeEvent } from '../node-event.ts'
import type { AuditDraft } from './audit-kinds.ts'
import type { LogState } from './log-state.ts'

type Describe<Type extends NodeEvent['type']> = (
  event: Extract<NodeEvent, { type: Type }>,
  state: LogState,
) => AuditDraft | null

/** Events that are recorded as they are. What is published is recorded with its tensors, which nobody tells. */
const DRAFTS: { readonly [Type in NodeEvent['type']]?: Describe<Type> } = {
  admitted: ({ id, peer, name, sequence }) => ({
    kind: 'contribution-admitted',
    facts: { id, peer, name, sequence },
  }),
  rejected: ({ id, peer, name, sequence, reason }) => ({
    kind: 'contribution-rejected',
    facts: { id, peer, name, sequence, reason },
  }),
  served: ({ id, peer, name, chunks, bytes }) => ({
    kind: 'payload-served',
    facts: { id, peer, name, chunks, bytes },
  }),
  holder: ({ id, peer, name }) => ({ kind: 'payload-held', facts: { id, peer, name } }),
  'publish-gate': ({ outcome, reason, text }) => ({ kind: `publish-${outcome}`, facts: { reason, text } }),
  outbox: outboxDraft,
  policy: ({ policy, before, problem }) => ({ kind: 'policy-changed', facts: { policy, before, problem } }),
  'scores-shared': ({ merge, tasks }) => ({
    kind: 'scores-shared',
    facts: { merge, tasks: tasks.map((task) => ({ ...task })) },
  }),
  merged: mergeDraft,
  candidate: ({ kind: model, digest, adopted, reason }) =>
    adopted ? { kind: 'model-adopted', facts: { model, digest, reason } } : null,
  statement: ({ id, author, name, text }) => ({
    kind: 'ledger-statement',
    facts: { id, author, name, text },
  }),
  member: ({ peer, name, change }) => ({ kind: 'member-changed', facts: { peer, name, change } }),
  charter: ({ charter, before }) => ({ kind: 'charter-changed', facts: { charter, before } }),
  round: ({ round, contributions, digest }) => ({
    kind: 'round-decided',
    facts: { round, contributions, digest },
  }),
  stopped: () => ({ kind: 'node-stopped', facts: {} }),
}

/** The entry that an event makes; null where nothing is to be recorded. @param state - of the log up to the entry before */
export function draftOf(event: NodeEvent, state: LogState): AuditDraft | null {
  const describe = DRAFTS[event.type] as
    ((event: NodeEvent, state: LogState) => AuditDraft | null) | undefined
  return describe?.(event, state) ?? null
}

export function isRecorded({ type }: NodeEvent): boolean {
  return DRAFTS[type] !== undefined
}

function outboxDraft(event: Extract<NodeEvent, { type: 'outbox' }>): AuditDraft {
  const { state, id, kind, sequence, samples, bytes, by, reason } = event
  const held = { id, kind, sequence, samples, bytes }
  if (state === 'held') return { kind: 'contribution-held', facts: held }
  if (state === 'lapsed') return { kind: 'contribution-lapsed', facts: { ...held, reason } }
  return { kind: `contribution-${state}`, facts: { ...held, by: by!, reason } }
}

/** By what the cut differs from that of the merge before; a merge that a restart has computed again is none. */
function mergeDraft(
  { digest, cutDigest, generation, cut }: Extract<NodeEvent, { type: 'merged' }>,
  { merge }: LogState,
): AuditDraft | null {
  if (merge?.digest === digest) return null
  const before = merge?.cut ?? new Set<string>()
  const now = new Set(cut)
  const added = cut.filter((id) => !before.has(id))
  const removed = [...before].filter((id) => !now.has(id)).sort()
  return {
    kind: 'merge-computed',
    facts: { digest, cutDigest, generation, contributions: cut.length, added, removed },
  }
}
