import { PeermergeError } from '../../errors.ts'
import type { AdapterSpec } from '../../merge/index.ts'
import { checkSampleChoice } from '../data/sample-choice.ts'
import type { Augmentation, TrainOptions } from '../types.ts'
import { checkFactorOptions } from './factor-options.ts'

/** Options with everything said. */
export interface CheckedOptions extends Omit<TrainOptions, 'earlyStopping' | 'clipNorm'> {
  readonly schedule: 'constant' | 'cosine'
  readonly warmup: number
  readonly augment: Augmentation
  /** Infinity: gradients are not clipped. */
  readonly clipNorm: number
  readonly earlyStopping: { readonly patience: number; readonly minImprovement: number } | undefined
}

/** What options are checked against. */
export interface TrainedWith {
  readonly classes: number
  /** @default 1 */
  readonly sites?: number
  /** Whether the samples can be changed at random; texts cannot. @default true */
  readonly canAugment?: boolean
  readonly adapter?: AdapterSpec
}

/**
 * Fills in defaults; sites and classes come out ascending.
 *
 * @throws PeermergeError ERR_TRAIN_OPTIONS - an option is out of its range
 */
export function checkTrainOptions(
  options: TrainOptions,
  { classes, sites = 1, canAugment = true, adapter }: TrainedWith,
): CheckedOptions {
  const { warmup = 0, clipNorm = Infinity, earlyStopping, schedule = 'constant', augment = {} } = options
  for (const name of ['epochs', 'batchSize'] as const)
    check(name, options[name], isCount, 'a whole number of at least 1')
  for (const name of ['learningRate', 'weightDecay'] as const)
    check(name, options[name], isNotNegative, 'a number of at least 0')
  check('warmup', warmup, (value) => value >= 0 && value <= 1, 'a share of all steps, 0 to 1')
  check('clipNorm', clipNorm, (value) => value > 0, 'a number above 0')
  if (!canAugment) refuseAugmentation(augment)
  checkFactorOptions(options, adapter, refuse)
  const patience = earlyStopping?.patience ?? 1
  const minImprovement = earlyStopping?.minImprovement ?? 0
  check('earlyStopping.patience', patience, isCount, 'a whole number of epochs, at least 1')
  check('earlyStopping.minImprovement', minImprovement, isNotNegative, 'a number of at least 0')
  return {
    ...options,
    ...checkSampleChoice(options, { sites, classes }, refuse),
    schedule,
    warmup,
    clipNorm,
    augment,
    earlyStopping: earlyStopping && { patience, minImprovement },
  }
}

function refuseAugmentation(augment: Augmentation): void {
  const asked = Object.entries(augment).filter(([, value]) => Boolean(value))
  const names = asked.map(([name]) => name).join(', ')
  if (asked.length > 0) refuse('augment', names, 'nothing, as only images can be changed at random')
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1
const isNotNegative = (value: number): boolean => Number.isFinite(value) && value >= 0

function check(name: string, value: number, isGood: (value: number) => boolean, expected: string): void {
  if (!isGood(value)) refuse(name, value, expected)
}

function refuse(name: string, value: unknown, expected: string): never {
  const text = `training option ${name}: expected ${expected}, got ${String(value)}`
  throw new PeermergeError('ERR_TRAIN_OPTIONS', text, { option: name, value })
}
