import type { AdapterSpec } from '../../merge/index.ts'
import type { TrainOptions } from '../types.ts'

/** Throws, naming an option, what it was and what it may be. */
type Refuse = (name: string, value: unknown, expected: string) => never

/** Whether one factor alone can be trained, and whether the Grams asked for are those of an A that stays meanwhile. */
export function checkFactorOptions(
  { factors, grams }: Pick<TrainOptions, 'factors' | 'grams'>,
  adapter: AdapterSpec | undefined,
  refuse: Refuse,
): void {
  if (factors !== undefined) {
    if (!['A', 'B'].includes(factors)) refuse('factors', factors, 'A or B')
    const trains = adapter?.kind === 'lora' ? adapter.trains : undefined
    const found = trains === undefined ? 'an adapter without these factors' : `one that trains ${trains}`
    if (trains !== 'AB') refuse('factors', `${factors} for ${found}`, 'nothing but for lora that trains AB')
  }
  if (grams === undefined || grams === 'none' || adapter === undefined) return
  if (grams.form === 'joint' && adapter.kind !== 'ravan')
    refuse('grams', 'joint', 'another form, as only ravan has heads')
  if (grams.form === 'projected' && movesA(adapter, factors))
    refuse('grams', 'projected', 'full, diagonal or top-k, as this run trains A')
}

/** Whether training changes A, so that A G Aᵀ would be of no A that others have. */
function movesA(adapter: AdapterSpec, factors: TrainOptions['factors']): boolean {
  return adapter.kind === 'lora' && adapter.trains !== 'B' && factors !== 'B'
}
