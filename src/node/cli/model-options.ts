import { Option, type Command } from 'commander'
import { MERGE_RULES } from '../../merge/index.ts'
import type { GramSpec, MergeRule, RestForm, WireSpec } from '../../merge/index.ts'
import { FEDSELECT, type Personal } from '../personal/personal-rules.ts'
import type { Schedule } from '../schedule-rules.ts'
import { limitsOption, type Limits } from './limits-option.ts'
import { fraction, gramOption, patterns, positiveInteger, positiveNumber } from './options.ts'

export interface ModelFlags {
  readonly preset?: (typeof PRESETS)[number]
  readonly schedule?: Schedule['kind']
  readonly adapter?: 'ravan' | 'lora' | 'lora-ab'
  readonly trains?: 'A' | 'B' | 'AB'
  readonly rule?: MergeRule
  readonly grams?: GramSpec
  readonly ridge?: number
  readonly sums: 'ordered' | 'exact'
  readonly limits?: Limits
  readonly wireFactors?: WireSpec['factors']
  readonly wireGrams?: WireSpec['grams']
  readonly rank: number
  readonly heads: number
  readonly alpha?: number
  readonly scaling: 'standard' | 'rslora'
  readonly bases: 'gram-schmidt' | 'normal'
  readonly classifier?: (typeof CLASSIFIERS)[number]
  readonly targets?: readonly string[]
  readonly contributions?: number
  readonly epochs?: number
  readonly batchSize: number
  readonly learningRate?: number
  readonly lrSchedule?: 'constant' | 'cosine'
  readonly warmup?: number
  readonly clipNorm?: number
  readonly imageSize?: number
  readonly maxTokens?: number
  readonly personal?: 'none' | Personal['method']
  readonly rest?: RestForm
  readonly selectEvery?: number
  readonly selectShare?: number
  readonly selectLimit?: number
  readonly meansStrength?: number
  readonly meansPrior?: 'shares' | 'level'
}

export interface ModelDefaults {
  readonly adapter: NonNullable<ModelFlags['adapter']>
  /** A core between two frozen bases learns best at some times the rate of a factor: docs/results/methods/README.md. */
  readonly learningRate: { readonly lora: number; readonly ravan: number }
  readonly epochs: number
}

const CLASSIFIERS = [
  'counts',
  'regmean',
  'affine',
  'analytic',
  'analytic-frozen',
  'ridge',
  'ridge-frozen',
] as const

/** Charters of LoRM by name. */
const PRESETS = ['lorm', 'lorm-paper'] as const

/** Options that become the charter: what is trained, how it is merged. */
export function addModelOptions(command: Command, defaults: ModelDefaults): Command {
  const told = addStatisticsOptions(addAdapterOptions(command, defaults))
  return addPersonalOptions(addTrainingOptions(told, defaults))
}

function addPersonalOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--personal <method>',
        'sites keep models of their own; fedalt: beside what the others add up to; fedselect: entries that move most stay at home, the others are averaged; means: the merge’s adapter under a classifier with the site’s own class means and shares, which costs nothing (default: none)',
      ).choices(['none', 'means', 'fedalt', 'fedselect']),
    )
    .addOption(
      new Option(
        '--rest <form>',
        'how a site of fedalt adds up the others: products, the exact mean of what their adapters do; factors, each averaged by itself, as published; gram, by the charter’s rule (default: products)',
      ).choices(['factors', 'products', 'gram']),
    )
    .option(
      '--select-every <n>',
      `of fedselect: contributions of a site between two growths of what is personal (default: ${FEDSELECT.every}, as published)`,
      positiveInteger,
    )
    .option(
      '--select-share <x>',
      `of fedselect: share of the shared entries that becomes personal at a time (default: ${FEDSELECT.share})`,
      fraction,
    )
    .option(
      '--select-limit <x>',
      `of fedselect: a tensor of which more is personal stays as it is (default: ${FEDSELECT.limit})`,
      fraction,
    )
    .option(
      '--means-strength <n>',
      'of means: how many samples of its own everybody’s class mean is worth to a site (default: as the spread of sites’ means says)',
      positiveNumber,
    )
    .addOption(
      new Option(
        '--means-prior <which>',
        'of means: classes are as likely as a site’s own samples are of them, shares, or all alike, level (default: shares)',
      ).choices(['shares', 'level']),
    )
}

function addAdapterOptions(command: Command, { adapter }: ModelDefaults): Command {
  return command
    .addOption(
      new Option(
        '--adapter <kind>',
        `lora-ab (both factors), lora (one factor frozen), ravan (multi-head) (default: ${adapter}, lora for one-shot${adapter === 'lora-ab' ? '' : ', lora-ab for staged'})`,
      ).choices(['lora-ab', 'lora', 'ravan']),
    )
    .addOption(
      new Option(
        '--trains <factors>',
        'of lora, the other is frozen; AB, as lora-ab, is merged by mean, or in rounds that take turns (default: B)',
      ).choices(['A', 'B', 'AB']),
    )
    .addOption(
      new Option(
        '--rule <rule>',
        'merge of the adapter (default: the exact one: ravan, ravan-coupled for normal bases, lorm for lora and for rounds; mean for lora-ab)',
      ).choices(MERGE_RULES),
    )
    .option(
      '--image-size <pixels>',
      'side of the square image (default: the backbone’s own)',
      positiveInteger,
    )
    .option('--max-tokens <n>', 'longer texts are cut (default: 128, or the backbone’s own)', positiveInteger)
    .option('--rank <n>', 'rank of the adapter, or of each of its heads', positiveInteger, 8)
    .option('--heads <n>', 'adapter heads of ravan', positiveInteger, 4)
    .option('--alpha <x>', 'of the adapter (default: a scale of 2)', positiveNumber)
    .addOption(
      new Option('--scaling <kind>', 'of lora; standard: alpha / rank, rslora: alpha / √rank')
        .choices(['standard', 'rslora'])
        .default('standard'),
    )
    .addOption(
      new Option('--bases <kind>', 'of ravan; heads between normal bases are merged all together')
        .choices(['gram-schmidt', 'normal'])
        .default('gram-schmidt'),
    )
    .option(
      '--targets <list>',
      'linear layers that carry the adapter, by the ends of their names, as layer.{4,5}.*.query (default: query and value of every layer)',
      patterns,
    )
    .addOption(
      new Option(
        '--classifier <rule>',
        'counts: rows by class counts; regmean, affine: by the Grams of its inputs; analytic, ridge: linear discriminant or ridge regression of all sites’ samples together, on merged or frozen features (default: analytic, counts for the staged schedule)',
      ).choices(CLASSIFIERS),
    )
}

function addStatisticsOptions(command: Command): Command {
  return command
    .option(
      '--grams <form>',
      'what contributions say of layer inputs: full[:shrink], diagonal, top-k[:k], projected, joint (default: what the rule needs; top-k:64 for --trains A)',
      gramOption,
    )
    .option(
      '--ridge <x>',
      'added to each site’s Gram, in units of its mean diagonal (default: by form and number type)',
      positiveNumber,
    )
    .addOption(
      limitsOption(
        'what single contributions can do: caps, none, krum:F, geometric-median, coordinate-median, trimmed-mean:SHARE, at-most:SAMPLES (default: caps, none with exact sums)',
      ),
    )
    .addOption(
      new Option(
        '--sums <kind>',
        'exact: a peer’s contributions can be taken out at the cost of one solve; ordered: as written',
      )
        .choices(['ordered', 'exact'])
        .default('ordered'),
    )
    .addOption(
      new Option('--wire-factors <type>', 'number type of trained factors (default: F32)').choices([
        'F32',
        'F16',
        'BF16',
      ]),
    )
    .addOption(
      new Option('--wire-grams <type>', 'number type of Grams (default: F32, BF16 for top-k)').choices([
        'F32',
        'BF16',
      ]),
    )
}

function addTrainingOptions(command: Command, defaults: ModelDefaults): Command {
  return command
    .addOption(
      new Option(
        '--schedule <kind>',
        'continuous: no barrier; one-shot: one contribution a site and task; staged: rounds of B and A with an agreed cut (default: continuous)',
      ).choices(['continuous', 'one-shot', 'staged']),
    )
    .addOption(
      new Option(
        '--preset <name>',
        'lorm: our exact rounds; lorm-paper: as published (diagonal Grams, classifier by regmean 0.5); sets adapter, rule, schedule, Grams, classifier and limits',
      ).choices(PRESETS),
    )
    .option(
      '--contributions <n>',
      'adapter contributions of each site to a task, or rounds of a task (default: 3, staged: 5)',
      positiveInteger,
    )
    .option(
      '--epochs <n>',
      `local epochs behind each contribution (default: ${defaults.epochs}, one-shot: ${3 * defaults.epochs})`,
      positiveInteger,
    )
    .option('--batch-size <n>', 'samples a step', positiveInteger, 32)
    .option(
      '--learning-rate <x>',
      `of AdamW (default: ${defaults.learningRate.lora}, ravan: ${defaults.learningRate.ravan})`,
      positiveNumber,
    )
    .addOption(
      new Option('--lr-schedule <kind>', 'of the learning rate (default: constant)').choices([
        'constant',
        'cosine',
      ]),
    )
    .option(
      '--warmup <share>',
      'share of the steps over which the learning rate grows (default: 0)',
      fraction,
    )
    .option('--clip-norm <x>', 'longest gradient of a step (default: no limit)', positiveNumber)
}
