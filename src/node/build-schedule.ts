import {
  gramForm,
  type AdapterSpec,
  type GramSpec,
  type MergeSpec,
  type StagedSpec,
  type TargetModule,
} from '../merge/index.ts'
import type { Charter } from './charter.ts'
import { defaultGrams } from './default-grams.ts'
import type { Schedule } from './schedule-rules.ts'

/** What a founder may say of the schedule, and of Grams, which depend on it. */
export interface ScheduleOptions {
  /** @default continuous, or staged for lorm on a LoRA that trains A and B */
  readonly schedule?: Schedule['kind']
  /** Contributions of each site to each task; of the staged schedule its rounds. @default 3, and 5 rounds */
  readonly contributionsPerTask?: number
  /** What contributions of the staged schedule say of layer inputs. @default projected for B, top-k for A */
  readonly stagedGrams?: StagedSpec['grams']
  /** What contributions say of layer inputs. @default what the rule needs; top-k for a LoRA that trains A */
  readonly grams?: GramSpec
}

/** LoRM takes turns where nothing else is said of a LoRA that trains both factors. */
export function buildSchedule(
  { schedule, contributionsPerTask, stagedGrams, grams }: ScheduleOptions,
  { adapter, rule }: Pick<MergeSpec, 'adapter' | 'rule'>,
  targets: readonly TargetModule[],
): Schedule {
  const takesTurns = rule === 'lorm' && adapter.kind === 'lora' && adapter.trains === 'AB'
  const kind = schedule ?? (takesTurns ? 'staged' : 'continuous')
  if (kind === 'one-shot') return { kind }
  if (kind === 'continuous') return { kind, contributionsPerTask: contributionsPerTask ?? 3 }
  const ofA = grams ?? defaultGrams({ ...adapter, trains: 'A' } as AdapterSpec, 'lorm', targets)!
  return {
    kind,
    rounds: contributionsPerTask ?? 5,
    grams: stagedGrams ?? { B: { form: 'projected' }, A: ofA },
  }
}

/** What a charter says of Grams besides its schedule, and the forms in which they travel; that of whole inputs, if any, last. */
export function gramsUnder(
  schedule: Schedule,
  rule: MergeSpec['rule'],
  grams: GramSpec | undefined,
): { readonly grams: GramSpec | undefined; readonly forms: readonly (GramSpec | undefined)[] } {
  if (schedule.kind !== 'staged') return { grams, forms: [gramForm({ rule, grams })] }
  return { grams: undefined, forms: [schedule.grams.B, schedule.grams.A] }
}

/** One contribution has all the epochs that several would have. */
export function trainingUnder(
  { kind }: Schedule,
  defaults: Charter['training'],
  own: Partial<Charter['training']> | undefined,
): Charter['training'] {
  const epochs = kind === 'one-shot' ? 3 * defaults.epochs : defaults.epochs
  return { ...defaults, epochs, ...own }
}
