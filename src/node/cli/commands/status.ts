import { Command } from 'commander'
import pc from 'picocolors'
import { connectControl } from '../../control-client.ts'
import { homePaths } from '../../home.ts'
import type { NodeStatus } from '../../types.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'
import type { CommandFactory } from '../command.ts'
import { terminalTable } from '../../terminal-table.ts'
import { bytes } from '../../units.ts'

export const statusCommand: CommandFactory = (context, done) =>
  new Command('status')
    .summary('what the running node of a home does, and who is in its merge')
    .addOption(homeOption())
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge status --home ./hospital-a\n  peermerge status --json | jq .merge.digest',
    )
    .action(async (flags: { home: string }) => {
      const { output, signal } = context()
      const control = await connectControl(homePaths(flags.home))
      const status = await control.status({ signal })
      output.result(status, renderStatus(status))
      done(EXIT.ok)
    })

/** Tells apart connected, contributed and included, for every member by name. */
export function renderStatus(status: NodeStatus): string {
  const rows = status.members.map((member) => [
    member.name,
    member.self ? 'this node' : member.connected ? pc.green('yes') : pc.red('no'),
    `${member.adapters} + ${member.statistics} statistics`,
    String(member.generation),
    String(member.included),
  ])
  const { merge, activity } = status
  return [
    `${pc.bold(status.name)}  ${status.peer}`,
    `consortium ${status.consortium.slice(0, 12)}  listening on ${status.addresses.join(', ')}`,
    `${activity.kind}: ${activity.text}`,
    terminalTable(['member', 'connected', 'contributed', 'generation', 'in my merge'], rows),
    merge === null ? 'no merge yet' : `merge ${pc.yellow(merge.digest)} of ${merge.cut.length} contributions`,
    `sent ${bytes(status.bytes.sent)}, received ${bytes(status.bytes.received)}`,
    ...status.problems.map(({ at, code, message }) => pc.red(`${at} ${code} ${message}`)),
  ].join('\n')
}
