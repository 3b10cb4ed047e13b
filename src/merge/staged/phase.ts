import type { GramSpec } from '../types.ts'

/** The factor that a round trains; the other one is the same everywhere, as the round before left it. A task begins with B, as A starts at random. */
export type StagedPhase = 'B' | 'A'

/** In which form a round's contributions carry the Grams of the layers' inputs. For A that of a whole input: full, diagonal or top-k. */
export type PhaseGrams = Readonly<Record<StagedPhase, GramSpec>>

/** B A B A …, rounds of a task counted from 1. */
export function phaseOf(round: number): StagedPhase {
  return round % 2 === 1 ? 'B' : 'A'
}

/** The last part of the name of the factor that is not trained. */
export const frozenFactor = (phase: StagedPhase): string => (phase === 'B' ? 'lora_A' : 'lora_B')
