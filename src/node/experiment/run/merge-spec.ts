import { validateMergeSpec } from '../../../merge/index.ts'
import type {
  AdapterSpec,
  ClassifierRule,
  GramSpec,
  MergeRule,
  MergeSpec,
  TargetModule,
} from '../../../merge/index.ts'
import { DEFAULT_LIMITS } from '../../build-charter.ts'
import { defaultRidge, defaultWire } from '../../default-grams.ts'

/** What all merges of an experiment have in common. */
export interface MergeGround {
  /** Each says whose input it shares. */
  readonly modules: readonly TargetModule[]
  readonly classes: readonly string[]
  readonly features: number
}

export interface MergeWay {
  readonly adapter: AdapterSpec
  readonly rule: MergeRule
  readonly grams?: GramSpec | undefined
  readonly head: ClassifierRule
  /** @default 1 */
  readonly decay?: number | undefined
  /** Everything travels in float32. @default Grams of eigenpairs in BF16 */
  readonly float32?: boolean
}

/** Floors are off: sites of an experiment are smaller than those that a charter admits. */
const FLOORS = { samples: 1, perClass: 1 }

/** By which an experiment's contributions are checked and merged: what a charter would say, but for floors and limits on dishonest sites. */
export function mergeSpec({ modules, classes, features }: MergeGround, way: MergeWay): MergeSpec {
  const { adapter, rule, grams, head } = way
  const wire = way.float32 === true ? undefined : defaultWire(grams)
  return validateMergeSpec({
    kernel: 1,
    adapter,
    modules: modules.map((module) => ({ ...module })),
    rule,
    ...(grams !== undefined && { grams }),
    ...(wire !== undefined && { wire }),
    ridge: defaultRidge(grams, wire, head),
    decay: way.decay ?? 1,
    classes: [...classes],
    features,
    classifier: head,
    floors: FLOORS,
    limits: DEFAULT_LIMITS,
  })
}
