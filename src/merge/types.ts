/** Row-major matrix of doubles: entry (i, j) is `data[i * cols + j]`. All merge arithmetic happens in this type. */
export interface Matrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
}

/** Row-major tensor as it travels and as the compute engine uses it. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export type TensorMap = ReadonlyMap<string, Tensor>

/** A linear layer W (out × in) of the backbone that carries an adapter; `name` is its tensor name without `.weight`. */
export interface TargetModule {
  readonly name: string
  readonly in: number
  readonly out: number
  /** An earlier module with the same input, as the query has for key and value: a Gram of the whole input then travels once, under its name. */
  readonly input?: string | undefined
}

/**
 * What is added to every target module, y = W x + b + delta(x).
 *
 *   lora   delta(x) = scale · B A x               A (rank × in), B (out × rank); scale by `scaling`
 *   ravan  delta(x) = alpha · Σ_h B_h C_h A_h x   C_h = s_h H_h (rank × rank); A_h, B_h frozen
 *
 * Frozen factors come from `seed` alone (frozen-factors.ts), so they never travel.
 */
export type AdapterSpec = LoraSpec | RavanSpec

export interface LoraSpec {
  readonly kind: 'lora'
  readonly rank: number
  readonly alpha: number
  /** scale = alpha / rank, or for 'rslora' alpha / √rank. @default 'standard' */
  readonly scaling?: 'standard' | 'rslora'
  /** The other factor is frozen at its seeded value. */
  readonly trains: 'A' | 'B' | 'AB'
  readonly seed: string
}

export interface RavanSpec {
  readonly kind: 'ravan'
  readonly heads: number
  readonly rank: number
  readonly alpha: number
  /** Orthonormal frozen factors, or such as they are drawn. @default 'gram-schmidt' */
  readonly bases?: 'gram-schmidt' | 'normal'
  readonly seed: string
}

/** Closed form by which adapters are merged, one file each in rules/; `validateMergeSpec` says which adapter each is for. */
export type MergeRule = 'mean' | 'lorm' | 'ravan' | 'ravan-coupled' | 'ravan-dense' | 'regmean' | 'fedselect'

/**
 * What an adapter contribution says of the inputs of a target module, G = XᵀX over all rows (tokens).
 *
 *   projected   A G Aᵀ for the frozen A, of ravan one per head
 *   joint       A G Aᵀ over all heads of ravan together
 *   full        G; the merge multiplies its off-diagonals by `shrink`
 *   diagonal    the diagonal of G
 *   top-k       the k largest eigenpairs of G and the mean of the other eigenvalues
 */
export type GramSpec =
  | { readonly form: 'projected' | 'joint' | 'diagonal' }
  | { readonly form: 'full'; /** @default 1 */ readonly shrink?: number | undefined }
  | { readonly form: 'top-k'; readonly k: number }

/** Number type of a tensor on the wire; F16 and BF16 are rounded to nearest, ties to even. */
export type WireType = 'F32' | 'F16' | 'BF16'

/** Number types of adapter contributions. Half-precision factors travel as differences from the charter's start. */
export interface WireSpec {
  readonly factors: WireType
  readonly grams: 'F32' | 'BF16'
}

/**
 * How the output layer is merged. `counts`: each row by the sites' numbers of samples of that class. `analytic`: the ridge
 * regression of all sites' rows together, from their summed statistics, on features of the frozen backbone or of the merge.
 * `regmean`: each row by the Grams of the classifier's inputs, off-diagonals times `alpha`, among the sites that hold its class, in
 * proportion to their samples of it; or without `holdersOnly` all rows by all sites' Grams, as published. `affine`: rows and biases
 * together by the Grams of [x;1].
 */
export type ClassifierRule =
  | { readonly rule: 'counts' }
  | { readonly rule: 'affine' }
  | {
      readonly rule: 'regmean'
      readonly alpha: number
      /** @default true */
      readonly holdersOnly?: boolean | undefined
    }
  | AnalyticRule

/** From statistics of all sites' samples: by ridge regression of the labels, or as linear discriminant. */
export interface AnalyticRule {
  readonly rule: 'analytic'
  readonly features: 'frozen' | 'merged'
  /** @default ridge */
  readonly fit?: 'ridge' | 'discriminant' | undefined
  /** In units of the features' mean energy. */
  readonly ridge: number
}

/**
 * How a merge limits what single contributions can do; src/merge/robust/ has a file for each step. Of fewer than three contributions
 * nobody can say which is wrong: they are merged as they are, but for limits that compare nobody (`countCap` with `atMost` and nothing else).
 */
export interface RobustSpec {
  /** Grams count by their shape only, times min(samples, cap); else by their sums, capped. */
  readonly normalise: boolean
  readonly countCap: CountCap
  /** Most energy per sample, as a multiple of the median: of classifier statistics, and of Grams that are not normalised. @default none */
  readonly energyCap?: number | undefined
  /** Least and most weight in any direction of the inputs, as multiples of the median Gram's. @default none */
  readonly directionalCap?: { readonly floor: number; readonly ceiling: number } | undefined
  /** Largest distance from the median of the values, as a multiple of the median distance. @default none */
  readonly clip?: number | undefined
  /** Leaves out that many contributions that lie furthest from the others. @default none */
  readonly filter?: { readonly rule: 'multi-krum'; readonly byzantine: number } | undefined
  /** @default closed-form */
  readonly estimator?: RobustEstimator | undefined
}

/** Most samples that a contribution counts for: a multiple of the median of the declared counts, or whatever others declare. */
export type CountCap = { readonly times: number } | { readonly atMost: number }

/** `trimmed-mean` leaves out that share of the values at either end, entry by entry. */
export type RobustEstimator =
  | 'closed-form'
  | 'geometric-median'
  | 'coordinate-median'
  | { readonly rule: 'trimmed-mean'; readonly share: number }

/** Least numbers of samples behind a statistic; below them a site publishes class counts only. */
export interface Floors {
  readonly samples: number
  readonly perClass: number
}

/** Bounds on what an admissible contribution may say. */
export interface MergeLimits {
  /** Largest number of samples that one contribution may declare. */
  readonly maxCount: number
  /** Largest absolute entry of any adapter or classifier tensor. */
  readonly maxAbs: number
  /** Generations that a contribution may be ahead of what this node holds. */
  readonly maxGenerationLead: number
}

/** How many rounds a task has, B A B A …, and what their contributions say of layer inputs. */
export interface StagedSpec {
  readonly rounds: number
  readonly grams: Readonly<Record<'B' | 'A', GramSpec>>
}

/** Classes that arrived together, in the order of their rows in contributions to it. */
export interface TaskClasses {
  readonly id: string | null
  readonly classes: readonly string[]
}

/** All of the charter that the merge is a function of. */
export interface MergeSpec {
  readonly kernel: 1
  readonly adapter: AdapterSpec
  readonly modules: readonly TargetModule[]
  readonly rule: MergeRule
  /** @default the least that the rule needs: see `gramForm` */
  readonly grams?: GramSpec | undefined
  /** @default F32 */
  readonly wire?: WireSpec | undefined
  /** @default none: every contribution counts for what it says */
  readonly robust?: RobustSpec | undefined
  /** ρ: every peer's Gram gets ρ·tr/d on its diagonal, in numerator and denominator. */
  readonly ridge: number
  /**
   * How numerators and denominators are summed: in the order of the ids, each sum rounded, or exactly and rounded once, so that a
   * contribution can be taken out again. @default ordered
   */
  readonly sums?: 'ordered' | 'exact' | undefined
  /** γ: a unit of generation g weighs γ^(newest generation − g). */
  readonly decay: number
  /** Rows of the classifier: those of the charter, then those of opened tasks that are new, ascending. */
  readonly classes: readonly string[]
  /**
   * Classes that contributions of each task have rows for; `null` is the task of the charter's own. One class may be in several.
   * @default only that of the charter
   */
  readonly tasks?: readonly TaskClasses[] | undefined
  /** Rounds of the staged schedule, in which the factors take turns. @default none */
  readonly staged?: StagedSpec | undefined
  /** Width of the classifier's input. */
  readonly features: number
  readonly classifier: ClassifierRule
  readonly floors: Floors
  readonly limits: MergeLimits
}

/**
 * `adapter`: trained factors or cores, their Grams, the trained classifier. `statistics`: the classifier's [x;1] Gram and
 * cross product with one-hot labels, for the analytic rule. `grams`: Grams alone, at the end of a task of the staged schedule.
 */
export type ContributionKind = 'adapter' | 'statistics' | 'grams'

/** Which factor a round of the staged schedule trains; `end` measures a finished task's Grams. */
export type RoundPhase = 'B' | 'A' | 'end'

/** What a peer signs. Travels as dag-cbor; its sha2-256 (hex) is the contribution's id. */
export interface ContributionHeader {
  readonly v: 1
  readonly consortium: string
  readonly charter: string
  readonly peer: string
  /** 1, 2, 3 … per peer, never reused. */
  readonly sequence: number
  /** 1 + the highest generation in the merge that training started from. */
  readonly generation: number
  /** The opened task whose classes it is about; null for the classes of the charter. */
  readonly task: string | null
  /** staged schedule only: the round that it was made for, from 0, and the step of its task. */
  readonly round: number | null
  readonly phase: RoundPhase | null
  readonly kind: ContributionKind
  /** Digest of the merge that training started from; null for the charter's start. */
  readonly base: string | null
  /** statistics only: digest of the adapter under which features were measured; null for the frozen backbone. */
  readonly anchor: string | null
  /** Digest of the frozen factors; contributions with different ones cannot be merged. */
  readonly frozen: string
  /** Samples trained on or measured. */
  readonly count: number
  /** Samples per class, in the order of its task's classes. */
  readonly classCounts: readonly number[]
  readonly payload: PayloadRef
  /** Standard deviation of Gaussian noise added by the site; 0 where none. */
  readonly noise: number
  /** Whether statistics are masked for secure aggregation; not yet merged. */
  readonly masked: boolean
  readonly kernel: 1
}

/** The payload (safetensors): digest of the whole and of its chunks (sha2-256, hex), in order. */
export interface PayloadRef {
  readonly digest: string
  readonly size: number
  readonly chunks: readonly string[]
}

/** A contribution as the merge reads it: tensors one at a time, so that memory holds one module of every peer. */
export interface ContributionView {
  readonly id: string
  readonly header: ContributionHeader
  /** Whether the payload has this tensor: a site with a small budget leaves out adapter heads. */
  has(name: string): boolean
  /** Floating-point numbers, exactly. @throws MalformedError - the payload has no such tensor */
  tensor(name: string): Tensor
  /** Bytes as they are. @throws MalformedError - the payload has no such tensor */
  bytes(name: string): Uint8Array
}

export interface Classifier {
  /** (classes, features) */
  readonly weight: Tensor
  /** (classes) */
  readonly bias: Tensor
}

/**
 * `start`: nobody has contributed. `counts`: by the charter's rule, or because the rule is `analytic` and no statistic is
 * there yet. `analytic`: from statistics of `count` samples, measured under `anchor` (null: the frozen backbone).
 */
export type ClassifierSource =
  | { readonly rule: 'start' | 'counts' | 'regmean' | 'affine' }
  | {
      readonly rule: 'analytic'
      readonly anchor: string | null
      readonly count: number
      /** Classes whose rows are by counts all the same: nobody has measured them under this anchor. @default none */
      readonly byCounts?: readonly string[]
    }

/** Everything that a merge says; `digests.merge` covers the rest, the spec and the kernel version. */
export interface MergeResult {
  /** What the merged adapter is a state of; the charter's adapter but for rules whose result has more rank. */
  readonly adapterSpec: AdapterSpec
  /** Trained tensors of `adapterSpec` by their wire names: `adapter/<module>/lora_A|lora_B|head.<h>`. */
  readonly adapter: TensorMap
  readonly classifier: Classifier
  /** Where the classifier came from. */
  readonly classifierSource: ClassifierSource
  /** Highest generation among the live adapter contributions, 0 for none. */
  readonly generation: number
  /**
   * Ids of the contributions that count, ascending: those that hold at least one live (newest) unit. What newer ones have superseded
   * leaves no trace in the merge, so it may be there or not.
   */
  readonly cut: readonly string[]
  /** Ids of those left out because their peer signed two contributions under one sequence number, ascending. */
  readonly equivocating: readonly string[]
  readonly digests: {
    readonly cut: string
    readonly adapter: string
    readonly classifier: string
    readonly merge: string
  }
}
