import { PeermergeError } from '../../errors.ts'
import type { AdapterSpec, ClassifierRule, LoraSpec } from '../../merge/index.ts'
import type { CharterOptions } from '../build-charter.ts'
import type { Charter } from '../charter.ts'
import { analyticRule } from '../default-classifier.ts'
import { FEDSELECT, type MeansRules } from '../personal/personal-rules.ts'
import { limitsOf } from './limits-option.ts'
import type { ModelDefaults, ModelFlags } from './model-options.ts'

/** What RegMean multiplies the off-diagonals of the classifier's Grams by. */
const CLASSIFIER_SHRINK = 0.9

/** Charters of LoRM by name: what they add to rounds of both factors. */
const PRESETS: Readonly<Record<NonNullable<ModelFlags['preset']>, Partial<CharterOptions>>> = {
  lorm: { rule: 'lorm', classifier: { rule: 'counts' } },
  'lorm-paper': {
    rule: 'lorm',
    stagedGrams: { B: { form: 'diagonal' }, A: { form: 'diagonal' } },
    classifier: { rule: 'regmean', alpha: 0.5, holdersOnly: false },
    robust: null,
    training: { weightDecay: 0, classifierStart: 'zeros' },
  },
}

const ROUNDS = { schedule: 'staged', adapter: 'lora-ab', trains: 'AB' } as const

/** The charter's options as said on the command line. `seed` names the frozen factors. */
export function charterModel(
  said: ModelFlags,
  seed: string,
  defaults: ModelDefaults,
): Omit<CharterOptions, 'name' | 'classes' | 'members'> {
  if (said.preset === undefined) return optionsOf(said, seed, defaults)
  const options = optionsOf({ ...said, ...ROUNDS }, seed, defaults)
  const preset = PRESETS[said.preset]
  return { ...options, ...preset, training: { ...options.training, ...preset.training } }
}

function optionsOf(
  flags: ModelFlags,
  seed: string,
  defaults: ModelDefaults,
): ReturnType<typeof charterModel> {
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
    ...personalOf(flags),
    training: trainingOf(flags, defaults),
  }
}

/** Under FedSelect so many contributions that masks grow twice, and what grew is trained. */
function personalOf({
  personal: method,
  rest = 'products',
  rule = 'fedselect',
  contributions,
  selectEvery: every = FEDSELECT.every,
  selectShare: share = FEDSELECT.share,
  selectLimit: limit = FEDSELECT.limit,
  ...flags
}: ModelFlags): Pick<CharterOptions, 'personal' | 'rule' | 'contributionsPerTask'> {
  if (method === 'fedalt') return { personal: { method, rest } }
  if (method === 'means') return { personal: { method, ...meansOf(flags) } }
  if (method !== 'fedselect') return {}
  return {
    personal: { method, every, share, limit },
    rule,
    contributionsPerTask: contributions ?? 2 * every + 2,
  }
}

/** Of what is left to the statistics a charter says nothing. */
function meansOf({
  meansStrength: strength,
  meansPrior: prior = 'shares',
}: ModelFlags): Omit<MeansRules, 'method'> {
  return { ...(strength !== undefined && { strength }), ...(prior === 'shares' && { prior }) }
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
  { adapter, trains, schedule }: ModelFlags,
  defaults: ModelDefaults,
): ModelDefaults['adapter'] {
  if (adapter !== undefined) return adapter
  if (trains !== undefined || schedule === 'one-shot') return 'lora'
  return schedule === 'staged' ? 'lora-ab' : defaults.adapter
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
