import type { Serving } from '../serving/served-model.ts'
import type { AuditDraft } from './audit-kinds.ts'
import type { LogState } from './log-state.ts'

/** What a person has chosen to serve and the log does not know. */
export function chosenDrafts(
  { chosen }: Pick<LogState, 'chosen'>,
  serving: Pick<Serving, 'current' | 'follows'> | undefined,
): readonly AuditDraft[] {
  if (serving?.current.by !== 'person') return []
  const { kind: model, digest, since, who = null, reason } = serving.current
  if (chosen?.digest === digest && chosen.since === since) return []
  return [{ kind: 'model-chosen', facts: { model, digest, since, follows: serving.follows, who, reason } }]
}
