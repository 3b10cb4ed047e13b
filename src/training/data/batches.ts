import type { Random } from '../../merge/index.ts'
import type { SampleFeeds, SampleFormat, SampleSet } from './samples.ts'

/** A batch of fixed size; where samples ran out, `weights` is 0 and the inputs are zero. */
export interface Batch {
  /** Inputs of the graph, as the format names them. */
  readonly feeds: SampleFeeds
  readonly extent: number
  /** (size) */
  readonly labels: Int32Array
  /** (size): 1 for a sample, 0 for filling. */
  readonly weights: Float32Array
  /** Which samples of the set they are, in the order of the rows. (count) */
  readonly indices: readonly number[]
}

export interface BatchOptions {
  readonly size: number
  /** Random order; without it the samples come in theirs, extent by extent. */
  readonly shuffle?: Random | undefined
  /** Change samples at random, by a generator for each batch, whose number it is given. */
  readonly augment?: ((batch: number) => Random) | undefined
  /** Leave out so many batches at the start, without reading their samples. @default 0 */
  readonly skip?: number | undefined
}

/** One pass over the samples in batches of one size and few extents, so that few compiled graphs serve all of them. */
export function* batches(set: SampleSet, format: SampleFormat, options: BatchOptions): Generator<Batch> {
  const order = Array.from(set.labels.keys())
  options.shuffle?.shuffle(order)
  let number = 0
  for (const slot of plan(order, set, format, options.size)) {
    if (number >= (options.skip ?? 0)) yield fill(set, format, slot, options, options.augment?.(number))
    number += 1
  }
}

/** How many batches one pass has. */
export function countBatches(set: SampleSet, format: SampleFormat, size: number): number {
  const perExtent = new Map<number, number>()
  for (const bytes of set.sizes) {
    const extent = format.extentOf(bytes)
    perExtent.set(extent, (perExtent.get(extent) ?? 0) + 1)
  }
  return [...perExtent.values()].reduce((sum, count) => sum + Math.ceil(count / size), 0)
}

/** Samples of one batch. */
interface Slot {
  readonly extent: number
  readonly indices: readonly number[]
}

/** Hands out samples in their order; a batch is ready when so many of one extent have come, the unfilled ones come last. */
function* plan(
  order: readonly number[],
  set: SampleSet,
  format: SampleFormat,
  size: number,
): Generator<Slot> {
  const open = new Map<number, number[]>()
  for (const index of order) {
    const extent = format.extentOf(set.sizes[index]!)
    const indices = open.get(extent) ?? []
    indices.push(index)
    open.set(extent, indices)
    if (indices.length < size) continue
    yield { extent, indices }
    open.delete(extent)
  }
  for (const [extent, indices] of [...open].sort(([a], [b]) => a - b)) yield { extent, indices }
}

function fill(
  set: SampleSet,
  format: SampleFormat,
  { extent, indices }: Slot,
  { size }: BatchOptions,
  augment: Random | undefined,
): Batch {
  const batch = {
    feeds: format.feeds(size, extent),
    extent,
    labels: new Int32Array(size),
    weights: new Float32Array(size),
    indices,
  }
  for (const [row, index] of indices.entries()) {
    format.write(set.read(index), batch.feeds, row, extent, augment)
    batch.labels[row] = set.labels[index]!
    batch.weights[row] = 1
  }
  return batch
}
