/** How the learning rate changes over a training run. */
export interface LearningRateSchedule {
  readonly learningRate: number
  /** After the warm-up: the same rate, or half a cosine from the rate down to 0. */
  readonly schedule: 'constant' | 'cosine'
  /** Share of all steps over which the rate grows from 0 to its full height, 0 to 1. */
  readonly warmup: number
}

/**
 * The learning rate of one step, counted from 0, of so many in all.
 *
 *   warm-up   η (t + 1) / (w + 1)                     t < w = ⌊warmup · steps⌋
 *   cosine    η (1 + cos(π (t − w) / (steps − w))) / 2
 *
 * Unlike transformers' schedules, which spend their first step at rate 0, the first step moves.
 */
export function learningRateAt(
  step: number,
  steps: number,
  { learningRate, schedule, warmup }: LearningRateSchedule,
): number {
  const warm = Math.floor(warmup * steps)
  if (step < warm) return (learningRate * (step + 1)) / (warm + 1)
  if (schedule === 'constant') return learningRate
  return (learningRate * (1 + Math.cos((Math.PI * (step - warm)) / (steps - warm)))) / 2
}
