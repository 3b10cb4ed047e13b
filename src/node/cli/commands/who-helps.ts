import { constants, setPriority } from 'node:os'
import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { keepHelp } from '../../who-helps/kept-help.ts'
import { renderHelp } from '../../who-helps/render-help.ts'
import { whoHelps } from '../../who-helps/who-helps.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption, positiveInteger } from '../options.ts'
import { EXIT } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'

interface WhoHelpsFlags {
  readonly home: string
  readonly merge?: string
  readonly threads?: number
}

export const whoHelpsCommand: CommandFactory = (context, done) =>
  new Command('who-helps')
    .summary('which site helps or hurts this one: the merge without each, on this site’s held-out samples')
    .description(
      'Computes the merge again without each of its contributors, and what it then gets right of the samples that this site holds out: in all, of each class and of each task, with a sign test on the samples on which the two differ. Nothing is trained. Works while a node runs there, at low priority. What it said last is kept in the home: status and the dashboard show it.',
    )
    .addOption(homeOption())
    .option('--merge <digest>', 'a merge that the home keeps, the beginning is enough (default: the newest)')
    .option('--threads <n>', 'of the merges', positiveInteger)
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge who-helps --home ./a\n  peermerge who-helps --home ./a --json | jq -r \'.sites[] | select(.effect == "harms").name\'\n  peermerge merge --home ./a --influence    # how far each moves the merge, without any data',
    )
    .action(async ({ home, merge, threads }: WhoHelpsFlags) => {
      const { output, signal } = context()
      setPriority(constants.priority.PRIORITY_LOW) // a node that runs here comes first
      const line = new ProgressLine(process.stderr)
      const paths = homePaths(home)
      try {
        const report = await whoHelps(paths, {
          merge,
          threads,
          signal,
          progress: process.stderr,
          onProgress: (progress) => line.show(progress),
          onSite: (count, total, name) => {
            line.close()
            output.note(`${count} of ${total} sites: without ${name}`)
          },
        })
        line.close()
        output.result(report, renderHelp(report))
        await keepHelp(paths, report, Date.now())
      } finally {
        line.close()
      }
      done(EXIT.ok)
    })
