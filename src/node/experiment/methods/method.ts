import type {
  ClassifierRule,
  GramSpec,
  MaskGrowth,
  MergeRule,
  PhaseGrams,
  RestForm,
} from '../../../merge/index.ts'

/** Which adapter a method trains: LoRA with one or both factors trained, or Ravan's heads. */
export type MethodAdapter = 'lora-b' | 'lora-ab' | 'ravan'

/** One row of the method table: everything in which methods differ. */
export type Method =
  | FederatedMethod
  | ContinuousMethod
  | StagedMethod
  | FedAltMethod
  | FedSelectMethod
  | AloneMethod
  | PooledMethod
  | LogisticMethod
  | FrozenMethod

interface Described {
  /** For `--methods`, records and CSV. */
  readonly name: string
  /** For a person. */
  readonly title: string
}

interface Trained {
  readonly adapter: MethodAdapter
  /** Local logits are shifted by the log of the site's class shares while it trains. */
  readonly priorShift?: boolean
  /** Classifiers start at a small multiple of the site's own discriminant, not at zeros. */
  readonly started?: boolean
  /** Times the experiment's learning rate. @default 1 */
  readonly rate?: number
  /** Of a task. @default those of the experiment */
  readonly rounds?: number
}

/** Rounds of: every site trains from the merge, contributes, all merge. */
export interface FederatedMethod extends Described, Trained {
  readonly strategy: 'federated'
  readonly rule: MergeRule
  /** @default what the rule needs */
  readonly grams?: GramSpec
  /** The method's own rule for the output layer. */
  readonly head: ClassifierRule
  /** One contribution a site and task, with the local epochs of all rounds. */
  readonly oneShot?: boolean
  /** What the adapter is merged of: the contributions of this round, or of every task the newest. @default round */
  readonly across?: 'round' | 'tasks'
  /** Only the first task trains the adapter, as in a consortium with an analytic classifier: later ones bring statistics alone. */
  readonly firstTask?: boolean
}

/** No rounds: every site trains at its own pace, each time from the merge of what has arrived by then. */
export interface ContinuousMethod extends Described, Trained {
  readonly strategy: 'continuous'
  readonly rule: MergeRule
  readonly head: ClassifierRule
  /** γ: how much what was made one generation earlier weighs. @default 1 */
  readonly decay?: number
  /** The largest site is gone after its first contribution. */
  readonly dies?: boolean
}

/** LoRM: rounds of B and A in turns, every task from its own start, tasks merged at their end. */
export interface StagedMethod extends Described, Trained {
  readonly strategy: 'staged'
  readonly adapter: 'lora-ab'
  readonly grams: PhaseGrams
  /** Form of the Grams of a task's end. */
  readonly taskGrams: GramSpec | 'mean'
  readonly head: ClassifierRule
  /** As of {@link FederatedMethod}. */
  readonly firstTask?: boolean
}

/** FedALT: rounds in which every site trains its own adapter beside the sum of all others', and keeps its own model. One task. */
export interface FedAltMethod extends Described, Trained {
  readonly strategy: 'fedalt'
  /** How the others are summed up. */
  readonly rest: RestForm
}

/** FedSelect: rounds in which sites share what has moved little, and keep to themselves what has moved most. One task. */
export interface FedSelectMethod extends Described, Trained {
  readonly strategy: 'fedselect'
  /** Rounds after which more entries become personal. */
  readonly every: number
  readonly growth: MaskGrowth
  /** What becomes personal is drawn by lot, as many entries as otherwise would: whether those that move most are the right ones. */
  readonly atRandom?: boolean
}

/** Every site by itself. */
export interface AloneMethod extends Described, Trained {
  readonly strategy: 'alone'
}

/** All samples in one place, all classes at once: the upper bound. */
export interface PooledMethod extends Described, Trained {
  readonly strategy: 'pooled'
}

/** No backbone: plain logistic regression on a table's measurements. */
export interface LogisticMethod extends Described {
  readonly strategy: 'logistic'
  /** All rows in one place, not every site by itself. */
  readonly pooled: boolean
}

/** No adapter: the analytic head on the frozen backbone. */
export interface FrozenMethod extends Described {
  readonly strategy: 'frozen'
  /** Of methods on which adapter it borrows the trainer, which computes the same features; another would read all samples again. @default lora-ab */
  readonly beside?: MethodAdapter
}
