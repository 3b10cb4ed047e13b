import { mixerName, mixerShares } from '../adapters/mixture.ts'
import { mul, reshape, sliceAxis, sum } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import { adapterInputs, moduleInputs, type BatchShape, type Model } from '../model/model-graph.ts'
import type { MixerTrust } from '../types.ts'
import { samplePass, type SamplePass } from './sample-pass.ts'

/**
 * How far a mixture's mixers trust the rest of the world: the mean of g_R over the rows (tokens) of each sample, then over the samples of
 * each class. Yields the number of samples done.
 *
 * Precision: shares in float32, means in float64.
 */
export async function* mixerTrust(pass: SamplePass): AsyncGenerator<number, MixerTrust> {
  const modules = adaptedModules(pass.model)
  const { classes } = pass.model
  const sums = modules.map(() => new Float64Array(classes))
  const counts = new Array<number>(classes).fill(0)
  for await (const samples of sampleTrust(pass)) {
    for (const { label, shares } of samples) {
      counts[label]! += 1
      for (const [m, share] of shares.entries()) sums[m]![label]! += share
    }
    yield samples.length
  }
  const perClass = sums.map((all) =>
    [...all].map((total, c) => (counts[c]! === 0 ? null : total / counts[c]!)),
  )
  return { modules, perClass, classCounts: counts }
}

/** Trust of one sample. */
export interface SampleTrust {
  /** Place in the set. */
  readonly index: number
  readonly label: number
  /** Mean of g_R over the sample's rows, of every adapted module in order. */
  readonly shares: readonly number[]
}

/** The same sample by sample, a list a batch. */
export async function* sampleTrust(pass: SamplePass): AsyncGenerator<SampleTrust[]> {
  const modules = adaptedModules(pass.model)
  const graph = (shape: BatchShape): Record<string, Value> => trustGraph(pass.model, shape, modules)
  for await (const { batch, outputs } of samplePass(pass, 'mixer-trust', graph)) {
    const shareOf = (name: string, i: number): number =>
      outputs[trustName(name)]!.data[i]! / outputs[rowsName(name)]!.data[i]!
    yield batch.indices.map((index, i) => {
      return { index, label: batch.labels[i]!, shares: modules.map((name) => shareOf(name, i)) }
    })
  }
}

const adaptedModules = ({ adapter }: Model): string[] => adapter.adapters.map(({ module }) => module.name)
const trustName = (module: string): string => `trust/${module}`
const rowsName = (module: string): string => `rows/${module}`

/** For every module the sum of g_R over a sample's rows, and how many rows that are, both (size). */
function trustGraph(model: Model, shape: BatchShape, modules: readonly string[]): Record<string, Value> {
  const bySample = (column: Value): Value => sum(reshape(column, [shape.size, -1]), [1])
  const parameters = adapterInputs(model)
  const inputs = moduleInputs(model, shape, true, modules, parameters)
  const outputs = inputs.flatMap(({ modules: names, x, mask }) =>
    names.flatMap((name): [string, Value][] => {
      const rest = sliceAxis(mixerShares(x, parameters.get(mixerName(name))!), 1, 0, 1)
      return [
        [trustName(name), bySample(mul(rest, mask))],
        [rowsName(name), bySample(mask)],
      ]
    }),
  )
  return Object.fromEntries(outputs)
}
