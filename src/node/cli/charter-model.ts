import { PeermergeError } from '../../errors.ts'
import type { AdapterSpec, ClassifierRule, LoraSpec } from '../../merge/index.ts'
import type { CharterOptions } from '../build-charter.ts'
import type { Charter } from '../charter.ts'
import { analyticRule } from '../default-classifier.ts'
import { limitsOf } from './limits-option.ts'
import type { ModelDefaults, ModelFlags } from './model-options.ts'

/** What RegMean multiplies the off-diagonals of the classifier's Grams by. */
const CLASSIFIER_SHRINK = 0.9

type Preset = (flags: ModelFlags, seed: string, defaults: ModelDefaults) => Partial<CharterOptions>

const PRESETS: Readonly<Record<NonNullable<ModelFlags['preset']>, Preset>> = {
  lorm: (flags, seed, defaults) => ({
    ...ROUNDS,
    adapter: adapterOf({ ...flags, ...ROUNDS_ADAPTER }, seed, defaults),
    classifier: { rule: 'counts' },
  }),
  'lorm-paper': (flags, seed, defaults) => ({
    ...ROUNDS,
    adapter: adapterOf({ ...flags, ...ROUNDS_ADAPTER }, seed, defaults),
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
    adapter: adapterOf(flags, seed, defaults),
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
  const kind = adapterKind(flags, defaults) === 'ravan' ? 'ravan' : 'lora'
  return {
    epochs: flags.epochs ?? times * defaults.epochs,
    batchSize: flags.batchSize,
    learningRate: flags.learningRate ?? defaults.learningRate[kind],
    ...(flags.lrSchedule !== undefined && { schedule: flags.lrSchedule }),
    ...(flags.warmup !== undefined && { warmup: flags.warmup }),
    ...(flags.clipNorm !== undefined && { clipNorm: flags.clipNorm }),
  }
}

/** Rounds take turns with both factors of LoRA; after one long round their means are worth less than an exact step of B. */
function adapterKind(
  { adapter, trains, schedule, preset }: ModelFlags,
  defaults: ModelDefaults,
): ModelDefaults['adapter'] {
  if (adapter === undefined && trains !== undefined) return 'lora'
  if (schedule === 'staged' || preset !== undefined) return adapter ?? 'lora-ab'
  return adapter ?? (schedule === 'one-shot' ? 'lora' : defaults.adapter)
}

function adapterOf(flags: ModelFlags, seed: string, defaults: ModelDefaults): AdapterSpec {
  const { rank, heads, alpha, scaling, bases } = flags
  const adapter = adapterKind(flags, defaults)
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
