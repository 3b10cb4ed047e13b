import { Command } from 'commander'
import { connectControl } from '../../control-client.ts'
import { homePaths } from '../../home.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'
import type { CommandFactory } from '../command.ts'
import { renderStatus } from '../../status/render-status.ts'

/** Of a pipe: lines may be long there. */
const PIPED_COLUMNS = 200

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
      output.result(
        status,
        renderStatus(status, process.stdout.isTTY ? process.stdout.columns : PIPED_COLUMNS),
      )
      done(EXIT.ok)
    })
