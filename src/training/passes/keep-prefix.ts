import { keptFormat, keptRecord, keptSamples } from '../data/kept-samples.ts'
import type { KeptFeed } from '../data/kept-samples.ts'
import type { RecordStore } from '../data/record-store.ts'
import type { SampleSet } from '../data/samples.ts'
import { input } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import { sameValues } from '../graph/same-values.ts'
import { substitute } from '../graph/substitute.ts'
import { cutTrainingGraph, floatsPerSample } from '../model/frozen-prefix.ts'
import type { CutGraph } from '../model/frozen-prefix.ts'
import type { BatchShape, Model } from '../model/model-graph.ts'
import type { KeptPrefix } from './kept-prefix.ts'
import { samplePass } from './sample-pass.ts'
import type { SamplePass } from './sample-pass.ts'

/** Below this share of a step's matrix products, reading what was kept costs about what it saves. */
const LEAST_SAVED_SHARE = 0.1

/** Whether keeping pays for this model and these samples, and fits into so many bytes. */
export function paysToKeep(model: Model, { sizes }: SampleSet, maxBytes: number): boolean {
  const extents = new Map<number, number>()
  for (const bytes of sizes) {
    const extent = model.format.extentOf(bytes)
    extents.set(extent, (extents.get(extent) ?? 0) + 1)
  }
  let bytes = sizes.reduce((sum, size) => sum + size, 0)
  for (const [extent, count] of extents) {
    const cut = cutTrainingGraph(model, { size: 1, extent })
    if (cut === undefined || cut.savedShare < LEAST_SAVED_SHARE) return false
    for (const value of Object.values(cut.prefix))
      bytes += 4 * count * floatsPerSample(value, { size: 1, extent })
  }
  return bytes <= maxBytes
}

/**
 * Runs the frozen part of the backbone over all samples once and keeps what the rest needs, in the store. Yields the number of samples
 * done.
 */
export async function* keepPrefix(
  pass: Omit<SamplePass, 'values'>,
  store: RecordStore,
): AsyncGenerator<number, KeptPrefix> {
  const { model, samples } = pass
  const cut = (shape: BatchShape): CutGraph => cutTrainingGraph(model, shape)!
  const feeds = keptFeeds(model)
  const places = new Int32Array(samples.labels.length)
  const prefix = samplePass({ ...pass, values: new Map() }, 'prefix', (shape) => cut(shape).prefix)
  for await (const { batch, outputs } of prefix) {
    const { indices, extent } = batch
    for (const [row, index] of indices.entries()) {
      const record = samples.read(index)
      const own = model.format.extentOf(record.length)
      const kept = feeds.map(({ name, floats }) => {
        const from = row * floats(extent)
        return outputs[name]!.data.subarray(from, from + floats(own))
      })
      places[index] = store.count
      store.append(keptRecord(record, kept))
    }
    yield indices.length
  }
  return {
    samples: keptSamples(samples, store, places),
    format: keptFormat(model.format, feeds),
    graph: (shape) => cut(shape).rest,
    shortened: (outputs, shape) => shortened(outputs, cut(shape).prefix),
  }
}

function shortened(outputs: Record<string, Value>, kept: CutGraph['prefix']): Record<string, Value> {
  const names = new Map(Object.entries(kept).map(([name, value]) => [value, name]))
  const same = sameValues(Object.values(outputs), Object.values(kept))
  const fed = [...same].map(([value, like]) => [value, input(names.get(like)!, value.shape)] as const)
  return substitute(outputs, new Map(fed))
}

/** What is kept of a sample, by name, with its size at every extent. */
function keptFeeds(model: Model): KeptFeed[] {
  const sizes = new Map<number, ReadonlyMap<string, number>>()
  const at = (extent: number): ReadonlyMap<string, number> => {
    const known = sizes.get(extent)
    if (known !== undefined) return known
    const shape = { size: 1, extent }
    const prefix = Object.entries(cutTrainingGraph(model, shape)!.prefix)
    const fresh = new Map(prefix.map(([name, value]) => [name, floatsPerSample(value, shape)]))
    sizes.set(extent, fresh)
    return fresh
  }
  const names = [...at(model.extent).keys()]
  return names.map((name) => ({ name, floats: (extent) => at(extent).get(name)! }))
}
