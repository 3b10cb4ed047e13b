import { Command } from 'commander'
import pc from 'picocolors'
import { exportAudit } from '../../audit/audit-bundle.ts'
import type { AuditEntry } from '../../audit/audit-entry.ts'
import { entryText } from '../../audit/entry-text.ts'
import { flushAudit } from '../../audit/flush-audit.ts'
import { isoTime } from '../../audit/iso-time.ts'
import { readLog } from '../../audit/read-log.ts'
import { renderVerdict } from '../../audit/render-verdict.ts'
import { verifyAudit } from '../../audit/verify-audit.ts'
import { homePaths } from '../../home.ts'
import { readAuditSource } from '../audit-source.ts'
import { bundleCharterOption, type CharterFlags } from '../bundle-charter.ts'
import type { CommandFactory } from '../command.ts'
import { digestOption, homeOption, list } from '../options.ts'
import { EXIT } from '../output.ts'
import { counted } from '../../units.ts'

export const auditCommand: CommandFactory = (context, done) =>
  new Command('audit')
    .summary('the signed log of a site: list, export, verify')
    .description(
      'Every node keeps a log of what it has published, admitted, merged and sent to whom: each entry numbered, linked with the one before and signed with the site’s key.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge audit list --home ./hospital-a\n  peermerge audit export --home ./hospital-a --out ./audit\n  peermerge audit verify ./audit --charter charter.json',
    )
    .addCommand(listCommand(context, done))
    .addCommand(exportCommand(context, done))
    .addCommand(verifyCommand(context, done))

const listCommand: CommandFactory = (context, done) =>
  new Command('list')
    .argument('[file]', 'a log (default: the home’s)')
    .summary('what a log says, entry by entry')
    .addOption(homeOption())
    .option('--kind <kinds>', 'only these, separated by commas', list)
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge audit list --home ./hospital-a --kind contribution-published,payload-served\n  peermerge audit list --json | jq -c .facts',
    )
    .action(async (file: string | undefined, { home, kind }: { home: string; kind?: string[] }) => {
      const { output, signal } = context()
      const paths = homePaths(home)
      if (file === undefined) await flushAudit(paths, signal)
      const onEntry = (entry: AuditEntry, digest: string): void => {
        if (kind?.includes(entry.kind) === false) return
        if (output.json) output.event({ ...entry, digest })
        else output.result(entry, entryLine(entry))
      }
      const { flaw } = await readLog(file ?? paths.audit, { signal, onEntry })
      if (flaw !== null) output.note(pc.red(`the log does not hold: ${flaw.message}`))
      done(flaw === null ? EXIT.ok : EXIT.checkFailed)
    })

const exportCommand: CommandFactory = (context, done) =>
  new Command('export')
    .summary('write what an outsider needs to verify the log of a stopped home')
    .description(
      'One directory: the log, and as a bundle the charter, the ledger, certificates of rounds, the newest merge of the log and its contributions.',
    )
    .addOption(homeOption())
    .option('--out <dir>', 'directory of the bundle', 'audit')
    .addHelpText(
      'after',
      '\nExample:\n  peermerge audit export --home ./hospital-a --out ./audit\n  peermerge audit verify ./audit\n\nExit code 1: the log does not hold; it is exported as it is.',
    )
    .action(async ({ home, out }: { home: string; out: string }) => {
      const { output, signal } = context()
      const exported = await exportAudit(homePaths(home), out, signal)
      const { files, entries, head, problem, summary } = exported
      const warning = problem === null ? [] : [pc.red(`the log does not hold: ${problem}`)]
      const said = `${counted(entries, 'entry', 'entries')} with head ${head}, merge ${summary.digest} and its ${counted(summary.cut.length, 'contribution')} in ${out}`
      output.result({ files, entries, head, merge: summary.digest, problem }, [...warning, said].join('\n'))
      done(problem === null ? EXIT.ok : EXIT.checkFailed)
    })

interface VerifyFlags extends Pick<CharterFlags, 'charter'> {
  readonly head?: string
  readonly peer?: string
}

const verifyCommand: CommandFactory = (context, done) =>
  new Command('verify')
    .argument('<path>', 'directory of an audit export, or a log alone')
    .summary('verify the log of a site and compute its newest merge again')
    .description(
      'Needs no network, no home and no membership: chain and signatures of the log, the contributions of the bundle, and the newest merge, computed again and compared with what the log says. Says also what is not proven.',
    )
    .addOption(bundleCharterOption())
    .option('--head <digest>', 'an entry’s digest noted earlier, which the log must have', digestOption)
    .option('--peer <peer>', 'peer id that must have signed the log')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge audit verify ./audit --charter charter.json\n  peermerge audit verify ./audit/audit.log --head 3f2a… --json\n\nExit code 1: NOT VERIFIED, and what has failed is named.',
    )
    .action(async (path: string, flags: VerifyFlags) => {
      const { output, signal } = context()
      const { file, bundle } = await readAuditSource(path, flags)
      const onProgress = countEntries((text) => output.note(text))
      const verdict = await verifyAudit(file, { ...flags, bundle, signal, onProgress })
      output.result(verdict, renderVerdict(verdict))
      done(verdict.ok ? EXIT.ok : EXIT.checkFailed)
    })

/** Says how far it is, every two seconds. */
function countEntries(say: (text: string) => void): (entries: number) => void {
  let next = performance.now() + 2_000
  return (entries) => {
    if (performance.now() < next) return
    next = performance.now() + 2_000
    say(`${entries} entries hold so far`)
  }
}

function entryLine(entry: AuditEntry): string {
  const { sequence, time, kind } = entry
  return `${String(sequence).padStart(6)}  ${pc.dim(isoTime(time))}  ${pc.cyan(kind.padEnd(22))}  ${entryText(entry)}`
}
