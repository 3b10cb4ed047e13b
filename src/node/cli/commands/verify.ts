import { Command } from 'commander'
import { InvalidFileError } from '../../errors.ts'
import type { GatheredFiles } from '../../gather-files.ts'
import { readClaim, type MergeClaim } from '../../merge-claim.ts'
import { verifyMerge, type Verification } from '../../verify-merge.ts'
import { bundleCharterOption, bundleLedgerOption, bundleRoundsOption } from '../bundle-charter.ts'
import type { CommandFactory } from '../command.ts'
import { sourceHomeOption, withMergeSource, type SourceFlags } from '../merge-source.ts'
import { digestOption } from '../options.ts'
import { EXIT } from '../output.ts'
import { counted } from '../../units.ts'

interface VerifyFlags extends SourceFlags {
  readonly digest?: string
  readonly merge?: string
  readonly tensors?: string
}

export const verifyCommand: CommandFactory = (context, done) =>
  new Command('verify')
    .argument('[files...]', 'a bundle, or contribution files and directories of them')
    .summary('recompute a merge from contribution files and compare it with what is claimed')
    .description(
      'Needs no network and no membership: signatures, ledger, charter, content checks and the merge itself are done again.',
    )
    .addOption(sourceHomeOption())
    .addOption(bundleCharterOption())
    .addOption(bundleLedgerOption())
    .addOption(bundleRoundsOption())
    .option('--digest <digest>', 'digest that the merge is said to have', digestOption)
    .option(
      '--merge <file>',
      'merge.json of a bundle, or merges/<digest>.json of a node (default: the bundle’s)',
    )
    .option('--tensors <file>', 'safetensors that are said to be the merge (default: the bundle’s)')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge verify ./bundle\n  peermerge verify ./bundle/*.contribution --charter charter.json --digest 3f2a…\n\nA charter from the bundle says what its maker wants it to say: compare the charter digest with one that you trust, or give --charter. Whoever makes a bundle can keep the newest statements of the ledger back: compare the ledger head, too.\n\nExit code 1: something differs, or a file or statement is missing, additional or refused.',
    )
    .action(async (paths: string[], flags: VerifyFlags) => {
      const { output, signal } = context()
      const verified = await withMergeSource(paths, flags, async ({ founding, ledger, rounds, files }) => {
        const claim = await chosenClaim(flags, files)
        const tensors = flags.tensors ?? files.tensors
        const verification = await verifyMerge(founding, files.contributions, claim, {
          signal,
          tensors,
          ledger,
          rounds,
        })
        output.result({ ...verification, unread: files.unread }, describeVerification(verification, files))
        return verification
      })
      done(verified.ok ? EXIT.ok : EXIT.checkFailed)
    })

/** A digest that was given counts more than the bundle's own. */
async function chosenClaim({ digest, merge }: VerifyFlags, files: GatheredFiles): Promise<MergeClaim> {
  const file = merge ?? files.claim
  const claim = file === undefined ? undefined : await readClaim(file)
  if (claim !== undefined) return { ...claim, ...(digest !== undefined && { digest }) }
  if (digest !== undefined) return { digest }
  throw new InvalidFileError('verify', [
    'expected --digest, --merge with the JSON file of a merge, or a bundle with merge.json; got none',
  ])
}

function describeVerification(verification: Verification, { unread }: GatheredFiles): string {
  const { ok, expected, actual, checks, missing, additional, refused, uncounted, ledger, summary } =
    verification
  const { length: count } = summary.cut
  return [
    `${counted(count, 'contribution')} of ${counted(summary.contributors.length, 'peer')}: signature, charter, membership, header and content hold`,
    ...checks.map((check) =>
      check.ok
        ? `same      ${check.what}`
        : `DIFFERENT ${check.what}: expected ${check.expected}, computed ${check.actual}`,
    ),
    ...ledger.map((problem) => `ledger ${problem}`),
    ...refused.map(({ message }) => `refused ${message}`),
    ...uncounted.map(
      ({ name, sequence, standing, file }) => `does not count (${standing}): ${name} ${sequence}, ${file}`,
    ),
    ...missing.map((id) => `missing ${id}`),
    ...additional.map((id) => `additional ${id}`),
    ...unread.map((file) => `not read ${file}`),
    ok ? `verified ${actual}` : `NOT verified: expected ${expected}, computed ${actual}`,
  ].join('\n')
}
