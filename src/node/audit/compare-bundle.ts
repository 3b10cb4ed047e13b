import { rulesOf } from '../consortium-rules.ts'
import type { Check } from '../verify-merge.ts'
import type { AuditedLog } from './audited-log.ts'
import type { AuditBundle } from './types.ts'

/** Whether the ledger of a bundle knows the site that has signed the log, and all the statements that the log names. */
export function compareBundle(
  { state }: Pick<AuditedLog, 'state'>,
  { founding, ledger }: Pick<AuditBundle, 'founding' | 'ledger'>,
  peer: string | undefined,
): Check[] {
  const { roster } = rulesOf(founding, ledger.statements)
  const known = [...roster.members, ...roster.former].find(({ id }) => id === peer)
  const here = new Set(ledger.statements.map(({ id }) => id))
  const missing = [...state.statements].filter((id) => !here.has(id))
  const member = 'a member of the consortium, or one before'
  const whole = `all ${state.statements.size} statements that the log names`
  const without = `without ${missing.map((id) => id.slice(0, 12)).join(', ')}`
  return [
    { what: 'signer', ok: known !== undefined, expected: member, actual: known === undefined ? `${peer ?? 'nobody'}, whom the ledger does not know` : member }, // prettier-ignore
    { what: 'ledger', ok: missing.length === 0, expected: whole, actual: missing.length === 0 ? whole : without }, // prettier-ignore
  ]
}
