import { Command } from 'commander'
import { PeermergeError } from '../../../errors.ts'
import { flushAudit } from '../../audit/flush-audit.ts'
import { egressCsv } from '../../egress/egress-csv.ts'
import { readEgress } from '../../egress/read-egress.ts'
import { renderEgress } from '../../egress/render-egress.ts'
import { homePaths } from '../../home.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface EgressFlags {
  readonly home: string
  readonly log?: string
  readonly csv?: boolean
  readonly tensors?: boolean
}

export const egressCommand: CommandFactory = (context, done) =>
  new Command('egress')
    .summary('everything of content that has left this site, tensor by tensor, and who has got it')
    .description(
      'Reads the site’s signed log, whether or not its node runs: each contribution published, its tensors (name, type, shape, bytes, digest), the samples behind them, clipping and noise, the members that fetched them; held-out numbers where the charter shares them; totals of each day and each recipient.',
    )
    .addOption(homeOption())
    .option('--log <file>', 'a log instead of the home’s: of an audit bundle, or one that was put aside')
    .option('--tensors', 'each tensor for people, too; --csv and --json always have them')
    .option('--csv', 'one row for each tensor, each header and each held-out number')
    .addHelpText(
      'after',
      "\nExamples:\n  peermerge egress --home ./hospital-a\n  peermerge egress --home ./hospital-a --csv > egress.csv\n  peermerge egress --json | jq '.recipients[] | [.name, .bytes]'\n\nExit code 1: the log does not hold to its end; what is shown is what comes before.",
    )
    .action(async ({ home, log, csv, tensors = false }: EgressFlags) => {
      const { output, signal } = context()
      if (csv === true && output.json) throw new PeermergeError('ERR_OPTIONS', '--csv and --json: give one of them') // prettier-ignore
      const paths = homePaths(home)
      if (log === undefined) await flushAudit(paths, signal)
      const egress = await readEgress(log ?? paths.audit, signal)
      output.result(egress, csv === true ? egressCsv(egress).trimEnd() : renderEgress(egress, tensors))
      done(egress.log.problem === null ? EXIT.ok : EXIT.checkFailed)
    })
