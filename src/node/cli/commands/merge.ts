import { Command, Option } from 'commander'
import type { RestForm } from '../../../merge/index.ts'
import { writeFileAtomic } from '../../atomic-file.ts'
import { mergeBytes, stateBytes } from '../../merge-files.ts'
import { assertContinuous } from '../../staged/merge-staged.ts'
import { mergeFiles, type OfflineMerge } from '../../offline.ts'
import { bundleCharterOption, bundleLedgerOption, bundleRoundsOption } from '../bundle-charter.ts'
import type { CommandContext, CommandFactory } from '../command.ts'
import { sourceHomeOption, withMergeSource, type MergeSource, type SourceFlags } from '../merge-source.ts'
import { EXIT } from '../output.ts'
import { addRemovalOptions, removalRequest, writeReceipt, type RemovalFlags } from '../removal-options.ts'
import { renderAdditions, reportAdditions } from '../render-additions.ts'
import { renderInfluence, reportInfluence } from '../render-influence.ts'
import { addSpecOptions, specChange, type SpecFlags } from '../spec-options.ts'
import { counted } from '../../units.ts'

interface MergeFlags extends SpecFlags, RemovalFlags, SourceFlags {
  readonly out?: string
  readonly restOfWorld?: string
  readonly form: RestForm
  readonly whatEachAdds?: boolean
}

export const mergeCommand: CommandFactory = (context, done) =>
  addRemovalOptions(
    addSpecOptions(
      new Command('merge')
        .argument('[files...]', 'contribution files, directories of them or a bundle, in any order')
        .summary('compute a merge offline from contribution files')
        .description(
          'Judges every file as a node would, by charter and ledger, leaves out what is refused or does not count and names it, and merges the rest: by the charter’s rule, or by another one to see what it would give.',
        )
        .addOption(sourceHomeOption())
        .addOption(bundleCharterOption())
        .addOption(bundleLedgerOption())
        .addOption(bundleRoundsOption()),
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
    .option(
      '--what-each-adds',
      'how the merge changed with each contribution, and with --home how accurate it then was on its held-out samples',
    )
    .option('--out <file>', 'write the merged adapter and classifier there, as safetensors')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge merge --home ./a\n  peermerge contributions --home ./a --out ./bundle\n  peermerge merge ./bundle --out merged.safetensors\n  peermerge merge ./bundle --rule mean --out mean.safetensors\n  peermerge export --home ./a --state mean.safetensors --format peft --out ./adapter\n  peermerge merge ./bundle --influence\n  peermerge merge --home ./a --what-each-adds\n  peermerge merge ./bundle --without 12D3KooW… --receipt removal.json\n\nExit code 1: a file or a statement of the ledger was refused, or a statement is missing.',
    )
    .action(async (paths: string[], flags: MergeFlags) => {
      const isWhole = await withMergeSource(paths, flags, (source) => mergeAndPrint(context(), source, flags))
      done(isWhole ? EXIT.ok : EXIT.checkFailed)
    })

/** Whether nothing was refused or missing. */
async function mergeAndPrint(
  { output, signal }: CommandContext,
  { founding, ledger, rounds, files }: MergeSource,
  flags: MergeFlags,
): Promise<boolean> {
  const merge = await mergeFiles(founding, files.contributions, {
    signal,
    statements: ledger.statements,
    rounds,
    change: specChange(flags),
    rest: flags.restOfWorld === undefined ? undefined : { peer: flags.restOfWorld, form: flags.form },
    ...removalRequest(flags),
  })
  if (flags.influence === true) assertContinuous(merge.rules.spec, '--influence')
  await writeReceipt(flags, merge)
  await writeOut(flags, merge)
  const influence = flags.influence === true ? reportInfluence(merge, output) : undefined
  if (flags.whatEachAdds === true) assertContinuous(merge.rules.spec, '--what-each-adds')
  const additions = flags.whatEachAdds === true ? await reportAdditions(merge, flags.home, signal) : undefined
  const { roster } = merge.rules
  const lines = [
    ...ledger.problems.map((problem) => `ledger ${problem}`),
    describeMerge(merge),
    ...(influence === undefined ? [] : [renderInfluence(influence, roster, flags.perModule === true)]),
    ...(additions === undefined ? [] : [renderAdditions(additions, roster)]),
  ]
  output.result(
    { ...report(flags, merge, influence), ...(additions && { additions }), ledger: ledger.problems },
    lines.join('\n'),
  )
  return merge.refused.length + ledger.problems.length === 0
}

async function writeOut({ out }: MergeFlags, { result, spec, rest, rules }: OfflineMerge): Promise<void> {
  if (out === undefined) return
  if (rest === undefined) {
    await writeFileAtomic(out, mergeBytes(result, { charter: rules.charterDigest, spec }))
    return
  }
  const { adapter, adapterSpec } = rest
  const metadata = { format: 'peermerge-state-1', adapter: JSON.stringify(adapterSpec) }
  await writeFileAtomic(out, stateBytes({ adapter, classifier: result.classifier }, metadata))
}

/** What `--json` prints. */
function report(
  { out, restOfWorld, form }: MergeFlags,
  { result, spec, isWhatIf, summary, refused, uncounted, receipt, rest, rules }: OfflineMerge,
  influence: ReturnType<typeof reportInfluence> | undefined,
): object {
  return {
    ...summary,
    charter: rules.charterDigest,
    charterRule: rules.charter.rule,
    usedRule: spec.rule,
    isWhatIf,
    adapterSpec: result.adapterSpec,
    refused,
    uncounted,
    ...(receipt && { receipt }),
    ...(influence && { influence }),
    ...(rest && { restOfWorld: { peer: restOfWorld, form, adapterSpec: rest.adapterSpec, ids: rest.ids } }),
    ...(out !== undefined && { out }),
  }
}

function describeMerge(merge: OfflineMerge): string {
  const { summary, refused, uncounted, spec, isWhatIf, rest, receipt, rules } = merge
  return [
    ...refused.map(({ message }) => `refused ${message}`),
    ...uncounted.map(({ name, sequence, standing }) => `does not count (${standing}): ${name} ${sequence}`),
    ...(isWhatIf ? [`charter rule ${rules.charter.rule}, used rule ${spec.rule}: a what-if merge, its digest is not the consortium's`] : []), // prettier-ignore
    `merge ${summary.digest}`,
    ...(receipt === undefined ? [] : receipt.removed.map(({ peer, contributions }) => `without ${counted(contributions.length, 'contribution')} of ${peer}; with them it is ${receipt.before.merge}`)), // prettier-ignore
    ...(rest === undefined ? [] : [`rest of the world: ${counted(rest.ids.length, 'contribution')}`]),
    `${counted(summary.cut.length, 'contribution')} of ${counted(summary.contributors.length, 'peer')}, generation ${summary.generation}`,
  ].join('\n')
}
