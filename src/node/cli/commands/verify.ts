import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { readCharterFile } from '../../charter-file.ts'
import { InvalidFileError } from '../../errors.ts'
import { verifyMerge, type Verification } from '../../offline.ts'
import { parseJson } from '../../parse-json.ts'
import { charterOption } from '../charter-option.ts'
import type { CommandFactory } from '../command.ts'
import { EXIT } from '../output.ts'

interface VerifyFlags {
  readonly charter: string
  readonly digest?: string
  readonly merge?: string
}

/** The part of a merge's summary, as a node keeps it in merges/, that is a claim. */
const claimSchema = z.object({ digest: z.string().regex(/^[0-9a-f]{64}$/), cut: z.array(z.string()) })

export const verifyCommand: CommandFactory = (context, done) =>
  new Command('verify')
    .argument('<files...>', 'contribution files')
    .summary('recompute a merge from contribution files and compare its digest')
    .description(
      'Needs no network and no membership: signatures, charter, content checks and the merge itself are done again.',
    )
    .addOption(charterOption())
    .option('--digest <digest>', 'digest that the merge is said to have', digest)
    .option('--merge <file>', 'merges/<digest>.json of a node: digest and cut')
    .addHelpText(
      'after',
      '\nExample:\n  peermerge verify ./bundle/*.contribution --charter charter.json --digest 3f2a…\n\nExit code 1: the digest differs, or a file is missing, additional or refused.',
    )
    .action(async (files: string[], flags: VerifyFlags) => {
      const { output, signal } = context()
      const verification = await verifyMerge(
        await readCharterFile(flags.charter),
        files,
        await readClaim(flags),
        { signal },
      )
      output.result(verification, describeVerification(verification))
      done(verification.ok ? EXIT.ok : EXIT.checkFailed)
    })

async function readClaim({
  digest,
  merge,
}: VerifyFlags): Promise<{ digest: string; cut?: readonly string[] }> {
  if (merge !== undefined) return parseJson(claimSchema, await readFile(merge, 'utf8'), merge)
  if (digest !== undefined) return { digest }
  throw new InvalidFileError('verify', [
    'expected --digest, or --merge with the JSON file of a merge; got neither',
  ])
}

function describeVerification(verification: Verification): string {
  const { ok, expected, actual, missing, additional, refused, summary } = verification
  return [
    ...refused.map(({ message }) => `refused ${message}`),
    ...missing.map((id) => `missing ${id}`),
    ...additional.map((id) => `additional ${id}`),
    ok ? `verified ${actual}` : `NOT verified: expected ${expected}, computed ${actual}`,
    `${summary.cut.length} contributions of ${summary.contributors.length} peers`,
  ].join('\n')
}

function digest(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new InvalidArgumentError('expected 64 hexadecimal digits')
  return value
}
