import { FEDSELECT } from '../../personal/personal-rules.ts'
import type { ClassifierRule, GramSpec, MaskGrowth } from '../../../merge/index.ts'
import { counted, percent } from '../../units.ts'
import type { Method } from './method.ts'

const COUNTS: ClassifierRule = { rule: 'counts' }
const PUBLISHED: ClassifierRule = { rule: 'regmean', alpha: 0.5, holdersOnly: false }
const DIAGONAL: GramSpec = { form: 'diagonal' }
const TOP: GramSpec = { form: 'top-k', k: 16 }
const WHOLE: GramSpec = { form: 'full' }
const GROWTH: MaskGrowth = { share: FEDSELECT.share, limit: FEDSELECT.limit }
const PROJECTED: GramSpec = { form: 'projected' }

/** Every method; a further one is an entry here, unless it needs a strategy of its own. */
const METHODS: readonly Method[] = [
  { name: 'local', title: 'each site alone', strategy: 'alone', adapter: 'lora-ab' },
  { name: 'local-ravan', title: 'each site alone, Ravan', strategy: 'alone', adapter: 'ravan' },
  { name: 'fedavg', title: 'FedAvg-LoRA, factors averaged', strategy: 'federated', adapter: 'lora-ab', rule: 'mean', head: COUNTS },
  { name: 'ffa', title: 'FFA-LoRA, A frozen, mean of B', strategy: 'federated', adapter: 'lora-b', rule: 'mean', head: COUNTS },
  { name: 'regmean', title: 'RegMean of updates, refactored to the rank each round', strategy: 'federated', adapter: 'lora-ab', rule: 'regmean', grams: TOP, head: COUNTS },
  { name: 'lorm-paper', title: 'LoRM as published', strategy: 'staged', adapter: 'lora-ab', grams: { B: DIAGONAL, A: DIAGONAL }, taskGrams: DIAGONAL, head: PUBLISHED },
  { name: 'lorm', title: 'LoRM exact, head by counts', strategy: 'staged', adapter: 'lora-ab', grams: { B: PROJECTED, A: TOP }, taskGrams: TOP, head: COUNTS },
  { name: 'lorm-whole', title: 'LoRM with whole Grams', strategy: 'staged', adapter: 'lora-ab', grams: { B: WHOLE, A: WHOLE }, taskGrams: WHOLE, head: COUNTS },
  { name: 'lorm-b', title: 'LoRM B-step alone, A frozen', strategy: 'federated', adapter: 'lora-b', rule: 'lorm', head: COUNTS },
  { name: 'ravan-mean', title: 'Ravan as published, mean', strategy: 'federated', adapter: 'ravan', rule: 'mean', head: COUNTS },
  { name: 'ravan', title: 'Ravan, closed form', strategy: 'federated', adapter: 'ravan', rule: 'ravan', head: COUNTS },
  { name: 'oneshot-lorm-b', title: 'one-shot, LoRA B, closed form', strategy: 'federated', adapter: 'lora-b', rule: 'lorm', head: COUNTS, oneShot: true },
  { name: 'oneshot-ravan', title: 'one-shot, Ravan, closed form', strategy: 'federated', adapter: 'ravan', rule: 'ravan', head: COUNTS, oneShot: true },
  { name: 'continuous', title: 'LoRM B-step, sites at their own pace', strategy: 'continuous', adapter: 'lora-b', rule: 'lorm', head: COUNTS },
  { name: 'continuous-ab', title: 'FedAvg-LoRA, sites at their own pace', strategy: 'continuous', adapter: 'lora-ab', rule: 'mean', head: COUNTS },
  { name: 'fedalt', title: 'FedALT as published, others’ factors averaged', strategy: 'fedalt', adapter: 'lora-ab', rest: 'factors' },
  { name: 'fedalt-products', title: 'FedALT, exact mean of the others’ products', strategy: 'fedalt', adapter: 'lora-ab', rest: 'products' },
  { name: 'fedalt-gram', title: 'FedALT, A frozen, others weighted by their Grams', strategy: 'fedalt', adapter: 'lora-b', rest: 'gram' },
  { name: 'fedselect', title: 'FedSelect as published', strategy: 'fedselect', adapter: 'lora-ab', every: FEDSELECT.every, growth: GROWTH },
  { name: 'fedselect-each', title: 'FedSelect, more personal after each round', strategy: 'fedselect', adapter: 'lora-ab', every: 1, growth: GROWTH },
  { name: 'logistic', title: 'logistic regression on the measurements, each site alone', strategy: 'logistic', pooled: false },
  { name: 'logistic-pooled', title: 'logistic regression on the measurements, pooled', strategy: 'logistic', pooled: true },
  { name: 'frozen', title: 'frozen backbone', strategy: 'frozen' },
  { name: 'frozen-ravan', title: 'frozen backbone, beside methods on Ravan', strategy: 'frozen', beside: 'ravan' },
  { name: 'pooled', title: 'pooled training, LoRA A and B', strategy: 'pooled', adapter: 'lora-ab' },
  { name: 'pooled-b', title: 'pooled training, LoRA B', strategy: 'pooled', adapter: 'lora-b' },
  { name: 'pooled-ravan', title: 'pooled training, Ravan', strategy: 'pooled', adapter: 'ravan' },
] // prettier-ignore

/** What can be said of a method after its name, for a person, and the method that it makes of one that it fits. */
interface Variant {
  readonly said: string
  readonly of: (method: Method) => Method | undefined
}

/** `fedavg+shift+tasks`, for example. */
const VARIANTS: Readonly<Record<string, Variant>> = {
  shift: {
    said: 'local logits shifted by class shares',
    of: (method) => ('adapter' in method ? { ...method, priorShift: true } : undefined),
  },
  started: {
    said: 'classifier started at the site’s discriminant',
    of: (method) => ('adapter' in method ? { ...method, started: true } : undefined),
  },
  tasks: {
    said: 'adapter of all tasks’ newest',
    of: (method) => (method.strategy === 'federated' ? { ...method, across: 'tasks' } : undefined),
  },
  first: {
    said: 'adapter of the first task',
    of: (method) =>
      method.strategy === 'federated' || method.strategy === 'staged'
        ? { ...method, firstTask: true }
        : undefined,
  },
  oneshot: {
    said: 'one contribution a task',
    of: (method) => (method.strategy === 'federated' ? { ...method, oneShot: true } : undefined),
  },
  dies: {
    said: 'the largest site gone after its first contribution',
    of: (method) => (method.strategy === 'continuous' ? { ...method, dies: true } : undefined),
  },
  random: {
    said: 'personal entries by lot',
    of: (method) => (method.strategy === 'fedselect' ? { ...method, atRandom: true } : undefined),
  },
  fades: {
    said: 'γ = 0.5',
    of: (method) => (method.strategy === 'continuous' ? { ...method, decay: 0.5 } : undefined),
  },
}

/** Variants that say a number: `rate0.5` is half the experiment's learning rate. */
const NUMBERED: Readonly<Record<string, (value: number) => Variant>> = {
  rate: (rate) => ({
    said: `${rate} × the learning rate`,
    of: (method) => ('adapter' in method && rate > 0 ? { ...method, rate } : undefined),
  }),
  rounds: (rounds) => ({
    said: `${counted(rounds, 'round')} a task`,
    of: (method) =>
      'adapter' in method && Number.isInteger(rounds) && rounds > 0 ? { ...method, rounds } : undefined,
  }),
  share: (share) => ({
    said: `${percent(share)} of shared entries personal at a time`,
    of: (method) => withGrowth(method, { share }),
  }),
  limit: (limit) => ({
    said: `no growth above ${percent(limit)}`,
    of: (method) => withGrowth(method, { limit }),
  }),
}

/** Of FedSelect, shares between 0 and 1. */
function withGrowth(method: Method, change: Partial<MaskGrowth>): Method | undefined {
  if (method.strategy !== 'fedselect' || Object.values(change).some((value) => value > 1)) return undefined
  return { ...method, growth: { ...method.growth, ...change } }
}

const NUMBER = /^([a-z]+)(\d+(?:\.\d+)?)$/

function variantNamed(name: string): Variant | undefined {
  const [, word, value] = NUMBER.exec(name) ?? []
  return word === undefined ? VARIANTS[name] : NUMBERED[word]?.(Number(value))
}

export const METHOD_NAMES: readonly string[] = METHODS.map(({ name }) => name)
export const VARIANT_NAMES: readonly string[] = [
  ...Object.keys(VARIANTS),
  'rateFACTOR',
  'roundsN',
  'shareS',
  'limitS',
]

/** The method of this name, with what is said after it; undefined where there is none such. */
export function methodNamed(name: string): Method | undefined {
  const [base, ...variants] = name.split('+')
  let method = METHODS.find((one) => one.name === base)
  for (const name of variants) {
    const variant = variantNamed(name)
    const changed = method && variant?.of(method)
    method = changed && {
      ...changed,
      name: `${method!.name}+${name}`,
      title: `${method!.title}, ${variant!.said}`,
    }
  }
  return method
}
