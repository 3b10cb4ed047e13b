import { Command } from 'commander'
import { writeBundle } from '../../bundle.ts'
import { homePaths } from '../../home.ts'
import { renderStandings } from '../../standings.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'
import { counted } from '../../units.ts'

interface ContributionsFlags {
  readonly home: string
  readonly out: string
  readonly merge?: string
}

export const contributionsCommand: CommandFactory = (context, done) =>
  new Command('contributions')
    .summary('write what a node has admitted as a bundle that anybody can verify')
    .description(
      'One directory: charter.json, ledger.cbor with the signed statements of the members, rounds.cbor with the certificates of rounds, merge.json with the digests and the contributions behind them, merge.safetensors, and one file for each contribution, its signed header and payload. Needs nothing else to be verified. Works while a node runs there, and without. Says of every contribution whether it is in the merge, and why not: superseded, late (its round was decided without it), withdrawn, removed, equivocated, charter-ended.',
    )
    .addOption(homeOption())
    .option('--out <dir>', 'directory of the bundle', 'contributions')
    .option('--merge <digest>', 'a merge that the home keeps (default: of everything admitted)')
    .addHelpText(
      'after',
      '\nExample:\n  peermerge contributions --home ./hospital-a --out ./bundle\n  peermerge verify ./bundle',
    )
    .action(async ({ home, out, merge }: ContributionsFlags) => {
      const { output, signal } = context()
      const { files, summary, standings } = await writeBundle(homePaths(home), out, { signal, merge })
      output.result(
        { files, merge: summary.digest, contributions: summary.cut.length, standings },
        `${renderStandings(standings)}\n${counted(summary.cut.length, 'contribution')} and merge ${summary.digest} in ${out}`,
      )
      done(EXIT.ok)
    })
