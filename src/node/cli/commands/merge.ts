import { Command, Option } from 'commander'
import type { RestForm } from '../../../merge/index.ts'
import { writeFileAtomic } from '../../atomic-file.ts'
import { charterDigest } from '../../charter.ts'
import { gatherFiles } from '../../gather-files.ts'
import { mergeBytes, stateBytes } from '../../merge-files.ts'
import { mergeFiles, type OfflineMerge } from '../../offline.ts'
import { bundleCharter, bundleCharterOption } from '../bundle-charter.ts'
import type { CommandFactory } from '../command.ts'
import { EXIT } from '../output.ts'
import { addSpecOptions, specChange, type SpecFlags } from '../spec-options.ts'

interface MergeFlags extends SpecFlags {
  readonly charter?: string
  readonly out?: string
  readonly restOfWorld?: string
  readonly form: RestForm
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
    .option('--rest-of-world <peer>', 'sum up the adapters of all but this peer; --out then holds that state')
    .addOption(
      new Option(
        '--form <kind>',
        'of --rest-of-world: means of factors, exact means of products, or by the rule',
      )
        .choices(['factors', 'products', 'gram'])
        .default('factors'),
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
      const rest = flags.restOfWorld === undefined ? undefined : { peer: flags.restOfWorld, form: flags.form }
      const change = specChange(flags)
      const merge = await mergeFiles(charter, files.contributions, { signal, change, rest })
      const { result, spec, isWhatIf, summary, refused } = merge
      if (flags.out !== undefined && merge.rest !== undefined) {
        const { adapter, adapterSpec } = merge.rest
        const metadata = { format: 'peermerge-state-1', adapter: JSON.stringify(adapterSpec) }
        await writeFileAtomic(flags.out, stateBytes({ adapter, classifier: result.classifier }, metadata))
      } else if (flags.out !== undefined) {
        await writeFileAtomic(flags.out, mergeBytes(result, { charter: charterDigest(charter), spec }))
      }
      const rules = { charterRule: charter.rule, usedRule: spec.rule, isWhatIf }
      output.result(
        { ...summary, ...rules, adapterSpec: result.adapterSpec, refused, ...(merge.rest && { restOfWorld: { peer: flags.restOfWorld, form: flags.form, adapterSpec: merge.rest.adapterSpec, ids: merge.rest.ids } }), ...(flags.out !== undefined && { out: flags.out }) }, // prettier-ignore
        describeMerge(merge, charter.rule),
      )
      done(refused.length === 0 ? EXIT.ok : EXIT.checkFailed)
    })

function describeMerge(
  { summary, refused, spec, isWhatIf, rest }: OfflineMerge,
  charterRule: string,
): string {
  return [
    ...refused.map(({ message }) => `refused ${message}`),
    ...(isWhatIf ? [`charter rule ${charterRule}, used rule ${spec.rule}: a what-if merge, its digest is not the consortium's`] : []), // prettier-ignore
    `merge ${summary.digest}`,
    ...(rest === undefined ? [] : [`rest of the world: ${rest.ids.length} contributions`]),
    `${summary.cut.length} contributions of ${summary.contributors.length} peers, generation ${summary.generation}`,
  ].join('\n')
}
