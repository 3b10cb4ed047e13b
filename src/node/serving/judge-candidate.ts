import type { EvaluateResult } from '../../training/index.ts'
import { pairedTest } from '../publish-gate/paired-test.ts'
import type { ServingRules } from './serving-rules.ts'

type Results = Pick<EvaluateResult, 'correct' | 'count' | 'perClass' | 'right'>

export interface Verdict {
  readonly adopts: boolean
  /** For a person: the figures, and the rule that decided. */
  readonly reason: string
}

/** Answers of models on the same held-out samples. */
export interface Compared {
  readonly served: Results | null
  readonly candidate: Results
  /** Of the site by itself; null where it has trained no such model. @default null */
  readonly alone?: Results | null
  readonly classes: readonly string[]
}

/**
 * Whether a candidate may take the place of the model that a site serves, by both models' answers on the same held-out samples.
 *
 *   right(candidate) − right(served) ≥ margin,   and no worse by more than chance explains (the sign test at 5 %),
 *   and of every class with samples held out at least perClassFloor right
 *
 * With nothing held out nothing can be said, and nothing takes the place of anything. The site alone, where that was
 * trained, decides nothing: what is served may be worse still; where it is better than chance explains, that is said.
 *
 * @param served - null where nothing is served yet
 */
export function judgeCandidate(
  { adopt, margin, perClassFloor }: ServingRules,
  { served, candidate, alone = null, classes }: Compared,
): Verdict {
  const figures = `${candidate.correct} of ${candidate.count} held-out samples right${others({ served, alone })}`
  const warning = alone !== null && pairedTest(alone.right, candidate.right).isWorse ? '; the site alone is better by more than chance explains: peermerge choose alone' : '' // prettier-ignore
  const says = (adopts: boolean, why: string): Verdict => ({ adopts, reason: `${figures}; ${why}${warning}` })
  if (adopt === 'manual') return says(false, 'settings leave the choice to a person (serving.adopt: manual)')
  if (candidate.count === 0) return says(false, 'nothing is held out to judge by')
  const weak = candidate.perClass.findIndex(
    ({ correct, count }) => count > 0 && correct / count < perClassFloor,
  )
  if (weak >= 0) return says(false, belowFloor(candidate, weak, classes, perClassFloor))
  if (served === null) return says(true, 'nothing was served before')
  const gain = (candidate.correct - served.correct) / candidate.count
  if (gain < margin) return says(false, `a gain of ${percent(gain)}, expected at least ${percent(margin)} (serving.margin)`) // prettier-ignore
  const test = pairedTest(served.right, candidate.right)
  if (test.isWorse)
    return says(false, `${test.lost} lost and ${test.gained} gained, more than chance explains`)
  return says(true, `a gain of ${percent(gain)}`)
}

function others({ served, alone = null }: Pick<Compared, 'served' | 'alone'>): string {
  return (served === null ? '' : `, what is served ${served.correct}`) + (alone === null ? '' : `, the site alone ${alone.correct}`) // prettier-ignore
}

function belowFloor({ perClass }: Results, row: number, classes: readonly string[], floor: number): string {
  const { correct, count } = perClass[row]!
  return `of class ${JSON.stringify(classes[row])} ${correct} of ${count}, expected at least ${percent(floor)} (serving.perClassFloor)`
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
