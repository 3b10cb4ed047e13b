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
  /** Change samples at random, by this generator. */
  readonly augment?: Random | undefined
}

/** One pass over the samples in batches of one size and few extents, so that few compiled graphs serve all of them. */
export function* batches(set: SampleSet, format: SampleFormat, options: BatchOptions): Generator<Batch> {
  const order = Array.from(set.labels.keys())
  for (const { extent, indices } of plan(
    options.shuffle?.shuffle(order) ?? order,
    set,
    format,
    options.size,
  )) {
    yield fill(set, format, extent, indices, options)
  }
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
  extent: number,
  indices: readonly number[],
  { size, augment }: BatchOptions,
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
