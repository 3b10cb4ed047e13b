import { PeermergeError } from '../../errors.ts'
import { gramName } from '../../merge/index.ts'
import type { TargetModule } from '../../merge/index.ts'
import { allParts } from '../adapters/part-choice.ts'
import { moduleInputs, statisticsGraph } from '../model/model-graph.ts'
import { checkSampleChoice } from '../data/sample-choice.ts'
import type { InputGram, SampleChoice, StatisticsOptions } from '../types.ts'
import { adapterGrams } from './adapter-grams.ts'
import type { GramKind } from './gram-sum.ts'
import { inputGrams } from './input-grams.ts'
import type { InputGramPass, PlannedInput } from './input-grams.ts'

/** Memory for the sums and products of one pass. */
const PASS_BYTES = 256 * 2 ** 20

const DEFAULT_K = 16

export interface StatisticsPlan {
  /** Samples that will be run, over all passes. */
  readonly total: number
  /** Yields the number of samples done. */
  run(): AsyncGenerator<number, InputGram[]>
}

/**
 * Checks what is asked for and decides in how many passes it is measured: the Grams of one pass stay below 256 MiB, so that twelve layers
 * with 3072 inputs take four.
 *
 * @throws PeermergeError ERR_STATISTICS_OPTIONS
 */
export function planStatistics(
  pass: InputGramPass,
  modules: readonly TargetModule[],
  { kind, k = DEFAULT_K, modules: asked }: StatisticsOptions,
): StatisticsPlan {
  const chosen = chooseModules(modules, asked)
  const samples = pass.samples.labels.length
  if (kind === 'projected') {
    assertProjects(pass)
    return { total: samples, run: () => projected(pass, chosen) }
  }
  if (kind === 'top-k') for (const { in: width } of chosen) checkK(k, width)
  const groups = fitting(sharedInputs(pass, chosen), kind)
  return { total: groups.length * samples, run: () => runAll(pass, groups, kind, k) }
}

async function* runAll(
  pass: InputGramPass,
  groups: readonly (readonly PlannedInput[])[],
  kind: GramKind,
  k: number,
): AsyncGenerator<number, InputGram[]> {
  const grams: InputGram[] = []
  for (const group of groups) grams.push(...(yield* inputGrams(pass, group, kind, k)))
  return grams
}

/** A G Aᵀ as training yields it; under the charter's start where no adapter is given. */
async function* projected(
  { adapted, ...pass }: InputGramPass,
  modules: readonly TargetModule[],
): AsyncGenerator<number, InputGram[]> {
  const { adapter } = pass.model
  const values = adapted ? pass.values : adapter.start(null)
  const grams = yield* adapterGrams({ ...pass, values }, allParts(adapter.adapters))
  return modules.map(({ name }) => {
    return { modules: [name], gram: { kind: 'projected' as const, packed: grams.get(gramName(name))! } }
  })
}

/** Modules that meet one input share its Gram. */
function sharedInputs({ model, adapted }: InputGramPass, modules: readonly TargetModule[]): PlannedInput[] {
  const names = modules.map(({ name }) => name)
  const shape = { size: 1, extent: model.extent }
  return moduleInputs(model, shape, adapted, names).map((input) => {
    return { modules: input.modules, width: input.x.shape.at(-1)! }
  })
}

/** Inputs in their order, so many a pass as fit into memory and always one. */
function fitting(inputs: readonly PlannedInput[], kind: GramKind): PlannedInput[][] {
  const groups: PlannedInput[][] = []
  let room = 0
  for (const input of inputs) {
    const bytes = kind === 'diagonal' ? 0 : 8 * input.width ** 2 // packed doubles, and a product in float32
    if (groups.length === 0 || bytes > room) {
      groups.push([])
      room = PASS_BYTES
    }
    groups.at(-1)!.push(input)
    room -= bytes
  }
  return groups
}

function chooseModules(
  modules: readonly TargetModule[],
  asked: readonly string[] | undefined,
): readonly TargetModule[] {
  if (asked === undefined) return modules
  const unknown = asked.find((name) => !modules.some((module) => module.name === name))
  if (unknown !== undefined) refuse('modules', unknown, 'names of target modules')
  if (asked.length === 0) refuse('modules', 'none', 'at least one target module')
  return modules.filter(({ name }) => asked.includes(name))
}

/** Whose samples are measured. @throws PeermergeError ERR_STATISTICS_OPTIONS - a site or class that there is not */
export function checkMeasured(choice: SampleChoice, most: { sites: number; classes: number }): SampleChoice {
  return checkSampleChoice(choice, most, refuse)
}

function checkK(k: number, width: number): void {
  if (!Number.isInteger(k) || k < 1 || k >= width) refuse('k', k, `a whole number from 1 to ${width - 1}`)
}

function assertProjects({ model }: InputGramPass): void {
  const outputs = statisticsGraph(model, { size: 1, extent: model.extent })
  if (Object.keys(outputs).length === 0)
    refuse('kind', 'projected', 'full, diagonal or top-k, as this adapter trains A')
}

function refuse(name: string, value: unknown, expected: string): never {
  const text = `statistics option ${name}: expected ${expected}, got ${String(value)}`
  throw new PeermergeError('ERR_STATISTICS_OPTIONS', text, { option: name, value })
}
