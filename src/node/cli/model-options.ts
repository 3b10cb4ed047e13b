import { Option, type Command } from 'commander'
import { PeermergeError } from '../../errors.ts'
import { MERGE_RULES } from '../../merge/index.ts'
import type {
  AdapterSpec,
  ClassifierRule,
  GramSpec,
  LoraSpec,
  MergeRule,
  WireSpec,
} from '../../merge/index.ts'
import type { CharterOptions } from '../build-charter.ts'
import { analyticRule } from '../default-classifier.ts'
import type { Charter } from '../charter.ts'
import type { Schedule } from '../schedule-rules.ts'
import { limitsOf, limitsOption, type Limits } from './limits-option.ts'
import { fraction, gramOption, patterns, positiveInteger, positiveNumber } from './options.ts'

export interface ModelFlags {
  readonly preset?: 'lorm' | 'lorm-paper'
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
}

export interface ModelDefaults {
  readonly learningRate: number
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

/** A core between two frozen bases learns best at some times the learning rate of a factor: docs/results/methods/README.md. */
const RAVAN_FASTER = 5

/** What RegMean multiplies the off-diagonals of the classifier's Grams by. */
const CLASSIFIER_SHRINK = 0.9

/** Options that become the charter: what is trained, how it is merged. */
export function addModelOptions(command: Command, defaults: ModelDefaults): Command {
  return addTrainingOptions(addStatisticsOptions(addAdapterOptions(command)), defaults)
}

function addAdapterOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--adapter <kind>',
        'lora-ab (both factors), lora (one factor frozen), ravan (multi-head) (default: lora-ab)',
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
      ).choices(Object.keys(PRESETS)),
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
      `of AdamW (default: ${defaults.learningRate}, ravan: ${RAVAN_FASTER * defaults.learningRate})`,
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

type Preset = (flags: ModelFlags, seed: string, defaults: ModelDefaults) => Partial<CharterOptions>

/** Charters of LoRM by name. */
const PRESETS: Readonly<Record<NonNullable<ModelFlags['preset']>, Preset>> = {
  lorm: (flags, seed) => ({
    ...ROUNDS,
    adapter: adapterOf({ ...flags, ...ROUNDS_ADAPTER }, seed),
    classifier: { rule: 'counts' },
  }),
  'lorm-paper': (flags, seed, defaults) => ({
    ...ROUNDS,
    adapter: adapterOf({ ...flags, ...ROUNDS_ADAPTER }, seed),
    stagedGrams: { B: { form: 'diagonal' }, A: { form: 'diagonal' } },
    classifier: { rule: 'regmean', alpha: 0.5, holdersOnly: false },
    robust: null,
    training: { ...trainingOf(flags, defaults), weightDecay: 0 },
  }),
}

const ROUNDS = { rule: 'lorm', schedule: 'staged' } as const
const ROUNDS_ADAPTER = { adapter: 'lora-ab', trains: 'AB' } as const

/** The charter's options as said on the command line. `seed` names the frozen factors. */
export function charterModel(
  flags: ModelFlags,
  seed: string,
  defaults: ModelDefaults,
): Omit<CharterOptions, 'name' | 'classes' | 'members'> {
  return {
    ...(flags.schedule !== undefined && { schedule: flags.schedule }),
    ...(flags.imageSize !== undefined && { imageSize: flags.imageSize }),
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
    adapter: adapterOf(flags, seed),
    ...(flags.rule !== undefined && { rule: flags.rule }),
    ...(flags.grams !== undefined && { grams: flags.grams }),
    ...(flags.ridge !== undefined && { ridge: flags.ridge }),
    sums: flags.sums,
    robust: limitsOf(flags.limits),
    wire: {
      ...(flags.wireFactors !== undefined && { factors: flags.wireFactors }),
      ...(flags.wireGrams !== undefined && { grams: flags.wireGrams }),
    },
    ...(flags.targets !== undefined && { targets: flags.targets }),
    classifier: classifierOf(flags.classifier ?? (flags.schedule === 'staged' ? 'counts' : 'analytic')),
    ...(flags.contributions !== undefined && { contributionsPerTask: flags.contributions }),
    training: trainingOf(flags, defaults),
    ...(flags.preset !== undefined && PRESETS[flags.preset](flags, seed, defaults)),
  }
}

function trainingOf(flags: ModelFlags, defaults: ModelDefaults): Partial<Charter['training']> {
  const times = flags.schedule === 'one-shot' ? 3 : 1
  return {
    epochs: flags.epochs ?? times * defaults.epochs,
    batchSize: flags.batchSize,
    learningRate:
      flags.learningRate ?? (flags.adapter === 'ravan' ? RAVAN_FASTER : 1) * defaults.learningRate,
    ...(flags.lrSchedule !== undefined && { schedule: flags.lrSchedule }),
    ...(flags.warmup !== undefined && { warmup: flags.warmup }),
    ...(flags.clipNorm !== undefined && { clipNorm: flags.clipNorm }),
  }
}

function adapterOf(flags: ModelFlags, seed: string): AdapterSpec {
  const { rank, heads, alpha, scaling, bases } = flags
  const { adapter = 'lora-ab' } = flags
  const trains = trainedFactors({ ...flags, adapter })
  if (adapter === 'ravan') return { kind: 'ravan', heads, rank, alpha: alpha ?? 2, bases, seed }
  const unit = scaling === 'rslora' ? Math.sqrt(rank) : rank
  return { kind: 'lora', rank, alpha: alpha ?? 2 * unit, scaling, trains, seed }
}

/** @throws PeermergeError ERR_OPTIONS - said of an adapter that has no such choice */
function trainedFactors({ adapter, trains }: ModelFlags): LoraSpec['trains'] {
  if (trains === undefined) return adapter === 'lora-ab' ? 'AB' : 'B'
  if (adapter === 'lora' || (adapter === 'lora-ab' && trains === 'AB')) return trains
  const text = `--trains ${trains}: expected --adapter lora, got ${adapter}; leave one of the two out`
  throw new PeermergeError('ERR_OPTIONS', text, { adapter, trains })
}

function classifierOf(name: NonNullable<ModelFlags['classifier']>): ClassifierRule {
  if (name === 'counts' || name === 'affine') return { rule: name }
  if (name === 'regmean') return { rule: name, alpha: CLASSIFIER_SHRINK }
  return analyticRule(
    name.startsWith('ridge') ? 'ridge' : 'discriminant',
    name.endsWith('-frozen') ? 'frozen' : 'merged',
  )
}
