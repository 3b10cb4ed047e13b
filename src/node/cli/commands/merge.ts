import { Command } from 'commander'
import { writeFileAtomic } from '../../atomic-file.ts'
import { readCharterFile } from '../../charter-file.ts'
import { mergeBytes } from '../../merge-files.ts'
import { mergeFiles, type OfflineMerge } from '../../offline.ts'
import { charterOption } from '../charter-option.ts'
import type { CommandFactory } from '../command.ts'
import { EXIT } from '../output.ts'

export const mergeCommand: CommandFactory = (context, done) =>
  new Command('merge')
    .argument('<files...>', 'contribution files, in any order')
    .summary('compute a merge offline from contribution files')
    .description(
      'Judges every file as a node would, leaves out what is refused and names it, and merges the rest.',
    )
    .addOption(charterOption())
    .option('--out <file>', 'write the merged adapter and classifier there, as safetensors')
    .addHelpText(
      'after',
      '\nExample:\n  peermerge contributions --home ./a --out ./bundle\n  peermerge merge ./bundle/*.contribution --charter ./a/charter.json --out merged.safetensors\n\nExit code 1: a file was refused.',
    )
    .action(async (files: string[], flags: { charter: string; out?: string }) => {
      const { output, signal } = context()
      const merge = await mergeFiles(await readCharterFile(flags.charter), files, { signal })
      if (flags.out !== undefined) await writeFileAtomic(flags.out, mergeBytes(merge.result))
      const { summary, refused } = merge
      output.result(
        { ...summary, refused, ...(flags.out !== undefined && { out: flags.out }) },
        describeMerge(merge),
      )
      done(refused.length === 0 ? EXIT.ok : EXIT.checkFailed)
    })

function describeMerge({ summary, refused }: OfflineMerge): string {
  return [
    ...refused.map(({ message }) => `refused ${message}`),
    `merge ${summary.digest}`,
    `${summary.cut.length} contributions of ${summary.contributors.length} peers, generation ${summary.generation}`,
  ].join('\n')
}
