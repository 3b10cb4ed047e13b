import type { Random } from '../../merge/index.ts'
import type { RecordChange, SampleFeeds, SampleFormat, SampleSet } from './samples.ts'

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
  /** Changes records at random, by a generator for each batch, whose number it is given. */
  readonly augment?: ((batch: number) => RecordChange | undefined) | undefined
  /** Leave out so many batches at the start, without reading their samples. @default 0 */
  readonly skip?: number | undefined
}

/**
 * One pass over the samples in batches of one size and few extents, so that few compiled graphs serve all of them. Every sample comes
 * once, in ⌈samples / size⌉ batches; all but the last are full.
 */
export function* batches(set: SampleSet, format: SampleFormat, options: BatchOptions): Generator<Batch> {
  const order = Int32Array.from(set.labels.keys())
  options.shuffle?.shuffle(order)
  let number = 0
  for (const slot of plan(order, set, format, options.size)) {
    if (number >= (options.skip ?? 0)) yield fill(set, format, slot, options.size, options.augment?.(number))
    number += 1
  }
}

/** Sizes of batches that sites with few samples have; each is one more compiled graph. */
const SMALL_SIZES = 8

/**
 * Samples in a batch: the most there may be, or where there are fewer samples about as many as there are, in one of eight sizes, so that
 * many small sites share few compiled graphs.
 */
export function batchSizeFor(count: number, most: number): number {
  const step = Math.ceil(most / SMALL_SIZES)
  return Math.min(most, step * Math.ceil(count / step))
}

/** How many batches one pass has. */
export function countBatches({ labels }: SampleSet, size: number): number {
  return Math.ceil(labels.length / size)
}

/** Samples of one batch. */
interface Slot {
  readonly extent: number
  readonly indices: readonly number[]
}

/**
 * Hands out samples in their order; a batch is ready when so many of one extent have come. What is left over then is put together,
 * shorter ones with longer ones.
 */
function* plan(order: Int32Array, set: SampleSet, format: SampleFormat, size: number): Generator<Slot> {
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
  const byExtent = [...open].sort(([a], [b]) => a - b)
  const rest = byExtent.flatMap(([extent, indices]) => indices.map((index) => ({ extent, index })))
  for (let start = 0; start < rest.length; start += size) {
    const slot = rest.slice(start, start + size)
    yield { extent: slot.at(-1)!.extent, indices: slot.map(({ index }) => index) }
  }
}

function fill(
  set: SampleSet,
  format: SampleFormat,
  { extent, indices }: Slot,
  size: number,
  augment: RecordChange | undefined,
): Batch {
  const batch = {
    feeds: format.feeds(size, extent),
    extent,
    labels: new Int32Array(size),
    weights: new Float32Array(size),
    indices,
  }
  for (const [row, index] of indices.entries()) {
    const record = set.read(index)
    format.write(augment?.(record) ?? record, batch.feeds, row, extent)
    batch.labels[row] = set.labels[index]!
    batch.weights[row] = 1
  }
  return batch
}
