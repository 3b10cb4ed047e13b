import { partOf } from '../data/sample-choice.ts'
import { keptFormat, keptRecord, keptSamples } from '../data/kept-samples.ts'
import type { KeptFeed } from '../data/kept-samples.ts'
import type { RecordStore } from '../data/record-store.ts'
import type { SampleSet } from '../data/samples.ts'
import { cutTrainingGraph, floatsPerSample } from '../model/frozen-prefix.ts'
import type { CutGraph, KeptPrefix } from '../model/frozen-prefix.ts'
import type { BatchShape, GraphModel, Model } from '../model/model-graph.ts'
import { BATCH, samplePass } from './sample-pass.ts'
import type { PassOutput, SamplePass } from './sample-pass.ts'

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
    const perSample = keptBytes(model, extent)
    if (perSample === undefined) return false
    bytes += count * perSample
  }
  return bytes <= maxBytes
}

/** Bytes that are kept of a sample of this extent besides its record; undefined where keeping does not pay. */
export function keptBytes(model: GraphModel, extent: number): number | undefined {
  const shape = { size: 1, extent }
  const cut = cutTrainingGraph(model, shape)
  if (cut === undefined || cut.savedShare < LEAST_SAVED_SHARE) return undefined
  return Object.values(cut.prefix).reduce((sum, value) => sum + 4 * floatsPerSample(value, shape), 0)
}

/** What is kept of samples, filled as they are asked for; a sample is computed once, whichever runs train on it. */
export class PrefixCache {
  /** Samples can be read once `fill` has been told of them. */
  readonly prefix: KeptPrefix
  readonly #pass: Omit<SamplePass, 'values' | 'signal'>
  readonly #store: RecordStore
  readonly #feeds: readonly KeptFeed[]
  /** Where each sample stands in the store; −1: not yet. */
  readonly #places: Int32Array

  constructor(pass: Omit<SamplePass, 'values' | 'signal'>, store: RecordStore) {
    const { model, samples } = pass
    this.#pass = pass
    this.#store = store
    this.#feeds = keptFeeds(model)
    this.#places = new Int32Array(samples.labels.length).fill(-1)
    this.prefix = {
      samples: keptSamples(samples, store, this.#places),
      format: keptFormat(model.format, this.#feeds),
      cut: (shape) => cutTrainingGraph(model, shape)!,
    }
  }

  /** Those of these samples that are not kept yet. @param chosen - undefined: all samples */
  missing(chosen: readonly number[] | undefined): number[] {
    return [...(chosen ?? this.#places.keys())].filter((index) => this.#places[index]! < 0)
  }

  /**
   * Runs the frozen part of the backbone over these samples and keeps what the rest needs. Always in batches of one size and of one
   * extent, so that what is kept of a sample does not depend on those it came with. Yields the number of samples done.
   */
  async *fill(missing: readonly number[], signal?: AbortSignal): AsyncGenerator<number, void> {
    const { model, samples } = this.#pass
    const byExtent = new Map<number, number[]>()
    for (const index of missing) {
      const extent = model.format.extentOf(samples.sizes[index]!)
      const group = byExtent.get(extent)
      if (group === undefined) byExtent.set(extent, [index])
      else group.push(index)
    }
    for (const group of byExtent.values()) {
      const pass = { ...this.#pass, samples: partOf(samples, group), values: new Map(), size: BATCH, signal }
      const graph = (shape: BatchShape): CutGraph['prefix'] => cutTrainingGraph(model, shape)!.prefix
      for await (const output of samplePass(pass, 'prefix', graph)) {
        this.#keep(output, group)
        yield output.batch.indices.length
      }
    }
  }

  #keep({ batch: { indices, extent }, outputs }: PassOutput, group: readonly number[]): void {
    for (const [row, at] of indices.entries()) {
      const index = group[at]!
      const kept = this.#feeds.map(({ name, floats }) =>
        outputs[name]!.data.subarray(row * floats(extent), (row + 1) * floats(extent)),
      )
      const place = this.#store.count
      this.#store.append(keptRecord(this.#pass.samples.read(index), kept))
      this.#places[index] = place
    }
  }
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
