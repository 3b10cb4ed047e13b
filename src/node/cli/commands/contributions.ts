import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { exportContributions } from '../../offline.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

export const contributionsCommand: CommandFactory = (context, done) =>
  new Command('contributions')
    .summary('write what a stopped node has admitted as contribution files')
    .description(
      'One file each: the signed header and the payload, for merge and verify, for a bundle or a medium that travels by hand.',
    )
    .addOption(homeOption())
    .option('--out <dir>', 'directory for the files', 'contributions')
    .addHelpText('after', '\nExample:\n  peermerge contributions --home ./hospital-a --out ./bundle')
    .action(async (flags: { home: string; out: string }) => {
      const { output } = context()
      const files = await exportContributions(homePaths(flags.home), flags.out)
      output.result({ files }, `${files.length} contributions in ${flags.out}`)
      done(EXIT.ok)
    })
