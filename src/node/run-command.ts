import type { AuditRecorder } from './audit/audit-recorder.ts'
import type { NodeCommand } from './command-request.ts'
import { executeCommand } from './membership/execute-command.ts'
import { decideInOutbox } from './outbox/decide-at-home.ts'
import { isPolicyCommand, type PolicyCommand } from './policy/policy-command.ts'
import type { PolicyDesk } from './policy/policy-desk.ts'
import type { PolicyReport } from './policy/policy-report.ts'
import type { RunningSite } from './running-site.ts'

/** Whoever reads the audit log waits no longer for a disk that does not answer. */
const FLUSH_MS = 5_000

export interface CommandTarget {
  readonly parts: RunningSite
  readonly audit: Pick<AuditRecorder, 'chosen' | 'flush'>
  readonly policy: Pick<PolicyDesk, 'reload'>
  policyReport(): PolicyReport
}

/** What a command asks of a running site. @throws what doing it throws */
export async function runCommand(
  target: CommandTarget,
  command: Exclude<NodeCommand, { command: 'dashboard' }>,
): Promise<unknown> {
  const { parts, audit } = target
  if (isPolicyCommand(command)) return await executePolicy(target, command)
  if (command.command === 'doctor') return await parts.examine(command.peers)
  if (command.command === 'holdings') return await parts.holdings(command.ids)
  if (command.command === 'audit-flush') {
    parts.served.tell()
    return await flushed(audit)
  }
  if (command.command === 'model-chosen') {
    await parts.modelChosen()
    audit.chosen()
    return await flushed(audit)
  }
  return await executeCommand(parts.membership, command)
}

async function flushed(audit: Pick<AuditRecorder, 'flush'>): Promise<null> {
  await audit.flush(FLUSH_MS)
  return null
}

async function executePolicy(target: CommandTarget, command: PolicyCommand): Promise<unknown> {
  if (command.command !== 'policy-reload') return await decideInOutbox(target.parts.outbox, command)
  await target.policy.reload()
  return target.policyReport()
}
