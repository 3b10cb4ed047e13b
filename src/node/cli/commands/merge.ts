import { Command, Option } from 'commander'
import type { RestForm } from '../../../merge/index.ts'
import { writeFileAtomic } from '../../atomic-file.ts'
import { charterDigest, type Charter } from '../../charter.ts'
import { gatherFiles } from '../../gather-files.ts'
import { mergeBytes, stateBytes } from '../../merge-files.ts'
import { mergeFiles, type OfflineMerge } from '../../offline.ts'
import { bundleCharter, bundleCharterOption } from '../bundle-charter.ts'
import type { CommandFactory } from '../command.ts'
import { EXIT } from '../output.ts'
import { addRemovalOptions, removalRequest, writeReceipt, type RemovalFlags } from '../removal-options.ts'
import { renderInfluence, reportInfluence } from '../render-influence.ts'
import { addSpecOptions, specChange, type SpecFlags } from '../spec-options.ts'

interface MergeFlags extends SpecFlags, RemovalFlags {
  readonly charter?: string
  readonly out?: string
  readonly restOfWorld?: string
  readonly form: RestForm
}

export const mergeCommand: CommandFactory = (context, done) =>
  addRemovalOptions(
    addSpecOptions(
      new Command('merge')
        .argument('<files...>', 'contribution files, directories of them or a bundle, in any order')
        .summary('compute a merge offline from contribution files')
        .description(
          'Judges every file as a node would, leaves out what is refused and names it, and merges the rest: by the charter’s rule, or by another one to see what it would give.',
        )
        .addOption(bundleCharterOption()),
    ),
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
      '\nExamples:\n  peermerge contributions --home ./a --out ./bundle\n  peermerge merge ./bundle --out merged.safetensors\n  peermerge merge ./bundle --rule mean --out mean.safetensors\n  peermerge export --home ./a --state mean.safetensors --format peft --out ./adapter\n  peermerge merge ./bundle --influence\n  peermerge merge ./bundle --without 12D3KooW… --receipt removal.json\n\nExit code 1: a file was refused.',
    )
    .action(async (paths: string[], flags: MergeFlags) => {
      const { output, signal } = context()
      const files = await gatherFiles(paths)
      const charter = await bundleCharter(flags.charter, files)
      const rest = flags.restOfWorld === undefined ? undefined : { peer: flags.restOfWorld, form: flags.form }
      const change = specChange(flags)
      const merge = await mergeFiles(charter, files.contributions, {
        signal,
        change,
        rest,
        ...removalRequest(flags),
      })
      await writeReceipt(flags, merge)
      await writeOut(flags, charter, merge)
      const influence = flags.influence === true ? reportInfluence(charter, merge, output) : undefined
      output.result(
        report(flags, charter, merge, influence),
        [
          describeMerge(merge, charter.rule),
          ...(influence === undefined ? [] : [renderInfluence(influence, charter.members, flags.perModule === true)]), // prettier-ignore
        ].join('\n'),
      )
      done(merge.refused.length === 0 ? EXIT.ok : EXIT.checkFailed)
    })

async function writeOut(
  { out }: MergeFlags,
  charter: Charter,
  { result, spec, rest }: OfflineMerge,
): Promise<void> {
  if (out === undefined) return
  if (rest === undefined) {
    await writeFileAtomic(out, mergeBytes(result, { charter: charterDigest(charter), spec }))
    return
  }
  const { adapter, adapterSpec } = rest
  const metadata = { format: 'peermerge-state-1', adapter: JSON.stringify(adapterSpec) }
  await writeFileAtomic(out, stateBytes({ adapter, classifier: result.classifier }, metadata))
}

/** What `--json` prints. */
function report(
  { out, restOfWorld, form }: MergeFlags,
  charter: Charter,
  { result, spec, isWhatIf, summary, refused, receipt, rest }: OfflineMerge,
  influence: ReturnType<typeof reportInfluence> | undefined,
): object {
  return {
    ...summary,
    charterRule: charter.rule,
    usedRule: spec.rule,
    isWhatIf,
    adapterSpec: result.adapterSpec,
    refused,
    ...(receipt && { receipt }),
    ...(influence && { influence }),
    ...(rest && { restOfWorld: { peer: restOfWorld, form, adapterSpec: rest.adapterSpec, ids: rest.ids } }),
    ...(out !== undefined && { out }),
  }
}

function describeMerge(
  { summary, refused, spec, isWhatIf, rest, receipt }: OfflineMerge,
  charterRule: string,
): string {
  return [
    ...refused.map(({ message }) => `refused ${message}`),
    ...(isWhatIf ? [`charter rule ${charterRule}, used rule ${spec.rule}: a what-if merge, its digest is not the consortium's`] : []), // prettier-ignore
    `merge ${summary.digest}`,
    ...(receipt === undefined ? [] : receipt.removed.map(({ peer, contributions }) => `without ${contributions.length} contributions of ${peer}; with them it is ${receipt.before.merge}`)), // prettier-ignore
    ...(rest === undefined ? [] : [`rest of the world: ${rest.ids.length} contributions`]),
    `${summary.cut.length} contributions of ${summary.contributors.length} peers, generation ${summary.generation}`,
  ].join('\n')
}
