import type { CommandOf, NodeCommand } from '../command-request.ts'

/** What a person may ask of policy and outbox. */
export type PolicyCommand = CommandOf<'policy-reload' | 'outbox-release' | 'outbox-refuse'>

/** A person's word on what is held. */
export type OutboxCommand = CommandOf<'outbox-release' | 'outbox-refuse'>

const COMMANDS: ReadonlySet<string> = new Set<PolicyCommand['command']>([
  'policy-reload',
  'outbox-release',
  'outbox-refuse',
])

export function isPolicyCommand(command: NodeCommand): command is PolicyCommand {
  return COMMANDS.has(command.command)
}
