import { DEFAULT_ROBUST, takesLimits } from '../merge/index.ts'
import type {
  AdapterSpec,
  ClassifierRule,
  GramSpec,
  MergeRule,
  RobustSpec,
  TargetModule,
  WireSpec,
} from '../merge/index.ts'
import { PeermergeError } from '../errors.ts'
import {
  backboneDigest,
  openBackbone,
  resolveTargetModules,
  sharedInputs,
  withSharedInputs,
  type Modality,
} from '../training/index.ts'
import { charterSchema, type Charter } from './charter.ts'
import { DEFAULT_CLASSIFIER } from './default-classifier.ts'
import { defaultGrams, defaultRidge, defaultWire, reachable } from './default-grams.ts'
import { checkValue } from './parse-json.ts'
import type { Personal } from './personal/personal-rules.ts'
import { buildSchedule, gramsUnder, trainingUnder, type ScheduleOptions } from './build-schedule.ts'

/** What a charter says of a backbone, and what it could adapt. */
export interface BackboneInfo {
  readonly digest: string
  readonly modelType: string
  readonly hiddenSize: number
  readonly modality: Modality
  /** The side of an image, or the most tokens of a text, that the backbone was made for. */
  readonly extent: number
  /** Every linear layer that could carry an adapter. */
  readonly linears: readonly TargetModule[]
  /** Names of those that have the same input. */
  readonly inputs: readonly (readonly string[])[]
  /** Patterns of those that do unless the charter says otherwise. */
  readonly defaultTargets: readonly string[]
}

export interface CharterOptions extends ScheduleOptions {
  readonly name: string
  readonly classes: readonly string[]
  readonly members: readonly { readonly id: string; readonly name: string }[]
  /** Side of the input images in pixels. @default the backbone's own */
  readonly imageSize?: number
  /** Longer texts are cut. @default 128, or the backbone's own where that is less */
  readonly maxTokens?: number
  /** A linear layer carries an adapter when its name ends in one of these. @default those of the backbone's family: query and value */
  readonly targets?: readonly string[]
  /** @default lora, both factors of rank 8 */
  readonly adapter?: AdapterSpec
  /** @default the exact rule for the adapter: ravan, ravan-coupled for normal bases, lorm; mean where A and B are both trained */
  readonly rule?: MergeRule
  /** @default F32, and BF16 for Grams as top-k */
  readonly wire?: Partial<WireSpec>
  /** Limits on single contributions; null merges them as they are. @default DEFAULT_ROBUST, and none for exact sums */
  readonly robust?: RobustSpec | null | undefined
  /** @default by the form and the number type of Grams */
  readonly ridge?: number
  /** @default ordered */
  readonly sums?: 'ordered' | 'exact'
  /** @default analytic on merged features */
  readonly classifier?: ClassifierRule
  readonly decay?: number
  readonly training?: Partial<Charter['training']>
  readonly floors?: Partial<Charter['floors']>
  readonly limits?: Partial<Charter['limits']>
  /** What lets a newcomer in: a member's word, or a valid ticket alone. @default accept */
  readonly join?: 'accept' | 'ticket'
  /** Whether sites keep models of their own. @default they do not */
  readonly personal?: Personal | undefined
  /** Whether sites tell each other how merges do on their held-out samples. @default own */
  readonly scores?: 'own' | 'shared' | undefined
}

/** Sentences and short reports; attention grows with the square of it. */
const DEFAULT_MAX_TOKENS = 128
export const DEFAULT_TRAINING: Charter['training'] = {
  epochs: 2,
  batchSize: 32,
  learningRate: 2e-3,
  weightDecay: 0.01,
  classifierStart: 'discriminant',
}
export const DEFAULT_FLOORS: Charter['floors'] = { samples: 16, perClass: 4 }
/** Float32 statistics count exactly up to 2^24; a lead of 1000 stops jumps to a generation that nobody can reach. */
export const DEFAULT_LIMITS: Charter['limits'] = { maxCount: 2 ** 24, maxAbs: 1e6, maxGenerationLead: 1000 }

/**
 * The charter that `peermerge create` writes: options over defaults, module patterns made explicit.
 *
 * @throws NoSuchModuleError - a target matches no layer
 * @throws InvalidFileError - a value is out of its range
 */
export function buildCharter(options: CharterOptions, backbone: BackboneInfo): Charter {
  const adapter = options.adapter ?? defaultAdapter(options.name)
  const rule = options.rule ?? (options.schedule === 'staged' ? 'lorm' : exactRule(adapter))
  const targets = resolveTargetModules(backbone, options.targets ?? backbone.defaultTargets)
  const schedule = buildSchedule(options, { adapter, rule }, targets)
  const { grams, forms } = gramsUnder(schedule, rule, options.grams ?? defaultGrams(adapter, rule, targets))
  const classifier = options.classifier ?? DEFAULT_CLASSIFIER
  const wire = defaultWire(grams, options.wire)
  const robust = robustOf(options, rule)
  return checkValue(
    charterSchema,
    {
      v: 1,
      name: options.name,
      kernel: 1,
      backbone: {
        digest: backbone.digest,
        modelType: backbone.modelType,
        hiddenSize: backbone.hiddenSize,
      },
      input: inputOf(options, backbone),
      classes: [...options.classes],
      adapter,
      modules: withInputs(targets, backbone, forms.at(-1)),
      rule,
      ...(grams !== undefined && { grams }),
      ...(wire !== undefined && { wire }),
      ...(robust !== null && { robust }),
      ridge: options.ridge ?? Math.max(...forms.map((form) => defaultRidge(form, wire, classifier))),
      ...(options.sums === 'exact' && { sums: options.sums }),
      decay: options.decay ?? 1,
      classifier,
      schedule,
      training: trainingUnder(schedule, DEFAULT_TRAINING, options.training),
      floors: { ...DEFAULT_FLOORS, ...options.floors },
      limits: { ...DEFAULT_LIMITS, maxAbs: reachable(DEFAULT_LIMITS.maxAbs, wire), ...options.limits },
      privacy: { noise: 0, masked: false, ...(options.scores === 'shared' && { scores: options.scores }) },
      members: options.members.map(({ id, name }) => ({ id, name })),
      ...saidOfSites(options),
    },
    `charter of ${JSON.stringify(options.name)}`,
  )
}

function saidOfSites({ join, personal }: CharterOptions): Pick<Charter, 'membership' | 'personal'> {
  return {
    ...(personal !== undefined && { personal }),
    ...(join === 'ticket' && { membership: { join } }),
  }
}

/** Where whole inputs' Grams travel, modules say whose input they share. */
function withInputs(
  modules: readonly TargetModule[],
  { inputs }: BackboneInfo,
  grams: GramSpec | undefined,
): TargetModule[] {
  const isProjected = grams === undefined || grams.form === 'projected' || grams.form === 'joint'
  const shared = isProjected ? modules : withSharedInputs(modules, inputs)
  return shared.map((module) => ({ ...module }))
}

/** @throws PeermergeError ERR_INPUT_KIND - a size of images for a backbone that reads texts, or the other way round */
function inputOf(
  { imageSize, maxTokens }: CharterOptions,
  { modality, extent }: BackboneInfo,
): Charter['input'] {
  const misplaced = modality === 'image' ? maxTokens : imageSize
  if (misplaced !== undefined) {
    const wanted =
      modality === 'image' ? 'an image size, not a number of tokens' : 'a number of tokens, not an image size'
    throw new PeermergeError('ERR_INPUT_KIND', `the backbone reads ${modality}s: give ${wanted}`, {
      modality,
    })
  }
  if (modality === 'image') return { kind: 'image', side: imageSize ?? extent }
  return { kind: 'text', maxTokens: maxTokens ?? Math.min(extent, DEFAULT_MAX_TOKENS) }
}

/** The default limits compare contributions with each other; exact sums keep none of them. */
function robustOf({ robust, sums }: CharterOptions, rule: MergeRule): RobustSpec | null {
  if (robust !== undefined) return robust
  return sums === 'exact' || !takesLimits(rule) ? null : DEFAULT_ROBUST
}

function defaultAdapter(seed: string): AdapterSpec {
  return { kind: 'lora', rank: 8, alpha: 16, trains: 'AB', seed }
}

function exactRule(adapter: AdapterSpec): MergeRule {
  if (adapter.kind === 'ravan') return adapter.bases === 'normal' ? 'ravan-coupled' : 'ravan'
  return adapter.trains === 'AB' ? 'mean' : 'lorm'
}

/** Reads what {@link buildCharter} needs of a backbone directory. @throws BackboneError, UnsupportedBackboneError */
export async function describeBackbone(dir: string): Promise<BackboneInfo> {
  const backbone = await openBackbone(dir)
  const { family, features, modality, extent, linears, defaultTargets } = backbone
  return {
    digest: await backboneDigest(dir),
    modelType: family,
    hiddenSize: features,
    modality,
    extent,
    linears,
    inputs: sharedInputs(backbone),
    defaultTargets,
  }
}
