import { Command } from 'commander'
import { writeFileAtomic } from '../../atomic-file.ts'
import { charterDigest } from '../../charter.ts'
import { gatherFiles } from '../../gather-files.ts'
import { mergeBytes } from '../../merge-files.ts'
import { mergeFiles, type OfflineMerge } from '../../offline.ts'
import { bundleCharter, bundleCharterOption } from '../bundle-charter.ts'
import type { CommandFactory } from '../command.ts'
import { EXIT } from '../output.ts'
import { addSpecOptions, specChange, type SpecFlags } from '../spec-options.ts'

interface MergeFlags extends SpecFlags {
  readonly charter?: string
  readonly out?: string
}

export const mergeCommand: CommandFactory = (context, done) =>
  addSpecOptions(
    new Command('merge')
      .argument('<files...>', 'contribution files, directories of them or a bundle, in any order')
      .summary('compute a merge offline from contribution files')
      .description(
        'Judges every file as a node would, leaves out what is refused and names it, and merges the rest: by the charter’s rule, or by another one to see what it would give.',
      )
      .addOption(bundleCharterOption()),
  )
    .option('--out <file>', 'write the merged adapter and classifier there, as safetensors')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge contributions --home ./a --out ./bundle\n  peermerge merge ./bundle --out merged.safetensors\n  peermerge merge ./bundle --rule mean --out mean.safetensors\n  peermerge export --home ./a --state mean.safetensors --format peft --out ./adapter\n\nExit code 1: a file was refused.',
    )
    .action(async (paths: string[], flags: MergeFlags) => {
      const { output, signal } = context()
      const files = await gatherFiles(paths)
      const charter = await bundleCharter(flags.charter, files)
      const merge = await mergeFiles(charter, files.contributions, { signal, change: specChange(flags) })
      const { result, spec, isWhatIf, summary, refused } = merge
      if (flags.out !== undefined) {
        await writeFileAtomic(flags.out, mergeBytes(result, { charter: charterDigest(charter), spec }))
      }
      const rules = { charterRule: charter.rule, usedRule: spec.rule, isWhatIf }
      output.result(
        { ...summary, ...rules, adapterSpec: result.adapterSpec, refused, ...(flags.out !== undefined && { out: flags.out }) }, // prettier-ignore
        describeMerge(merge, charter.rule),
      )
      done(refused.length === 0 ? EXIT.ok : EXIT.checkFailed)
    })

function describeMerge({ summary, refused, spec, isWhatIf }: OfflineMerge, charterRule: string): string {
  return [
    ...refused.map(({ message }) => `refused ${message}`),
    ...(isWhatIf ? [`charter rule ${charterRule}, used rule ${spec.rule}: a what-if merge, its digest is not the consortium's`] : []), // prettier-ignore
    `merge ${summary.digest}`,
    `${summary.cut.length} contributions of ${summary.contributors.length} peers, generation ${summary.generation}`,
  ].join('\n')
}
