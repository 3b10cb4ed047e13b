import { PeermergeError } from '../../errors.ts'
import type { Augmentation, TrainOptions } from '../types.ts'

/** Options with everything said. */
export interface CheckedOptions extends Omit<TrainOptions, 'earlyStopping' | 'classes' | 'clipNorm'> {
  readonly schedule: 'constant' | 'cosine'
  readonly warmup: number
  readonly augment: Augmentation
  /** Infinity: gradients are not clipped. */
  readonly clipNorm: number
  readonly earlyStopping: { readonly patience: number; readonly minImprovement: number } | undefined
  /** Rows of the classifier that are trained, ascending; undefined: all. */
  readonly classes: readonly number[] | undefined
}

/**
 * Fills in defaults.
 *
 * @param canAugment - whether the samples can be changed at random; texts cannot
 * @throws PeermergeError ERR_TRAIN_OPTIONS - an option is out of its range
 */
export function checkTrainOptions(options: TrainOptions, classes: number, canAugment = true): CheckedOptions {
  const { warmup = 0, clipNorm = Infinity, earlyStopping, schedule = 'constant', augment = {} } = options
  for (const name of ['epochs', 'batchSize'] as const)
    check(name, options[name], isCount, 'a whole number of at least 1')
  for (const name of ['learningRate', 'weightDecay'] as const)
    check(name, options[name], isNotNegative, 'a number of at least 0')
  check('warmup', warmup, (value) => value >= 0 && value <= 1, 'a share of all steps, 0 to 1')
  check('clipNorm', clipNorm, (value) => value > 0, 'a number above 0')
  if (!canAugment) refuseAugmentation(augment)
  const patience = earlyStopping?.patience ?? 1
  const minImprovement = earlyStopping?.minImprovement ?? 0
  check('earlyStopping.patience', patience, isCount, 'a whole number of epochs, at least 1')
  check('earlyStopping.minImprovement', minImprovement, isNotNegative, 'a number of at least 0')
  return {
    ...options,
    schedule,
    warmup,
    clipNorm,
    augment,
    earlyStopping: earlyStopping && { patience, minImprovement },
    classes: options.classes && checkClasses(options.classes, classes),
  }
}

function refuseAugmentation(augment: Augmentation): void {
  const asked = Object.entries(augment).filter(([, value]) => Boolean(value))
  const names = asked.map(([name]) => name).join(', ')
  if (asked.length > 0) refuse('augment', names, 'nothing, as only images can be changed at random')
}

function checkClasses(chosen: readonly number[], classes: number): number[] {
  const rows = [...new Set(chosen)].sort((a, b) => a - b)
  const expected = `whole numbers from 0 to ${classes - 1}, at least one`
  if (rows.length === 0) refuse('classes', 'none', expected)
  for (const row of rows)
    check('classes', row, (value) => Number.isInteger(value) && value >= 0 && value < classes, expected)
  return rows
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
