import type { Random } from '../../merge/index.ts'
import type { Augmentation, SkippedSample, UnknownLabel } from '../types.ts'

/** What a backbone reads: square images, or texts as rows of token ids. */
export type Modality = 'image' | 'text'

export type Split = 'train' | 'heldOut'

/** One sample as its source tells it, before it is read or tokenized. */
export interface RawSample {
  /** An image's file, or a text itself. */
  readonly source: string
  /** Row of its class in the charter. */
  readonly label: number
  readonly split: Split
  /** What a person calls it when something is wrong with it: a file, or a file and a line. */
  readonly where: string
}

/** The samples of one site in the order of the source; `skipped` and `warnings` are complete once they have been read to the end. */
export interface SampleSource {
  /** How many there are, as far as that can be told beforehand. */
  readonly total: number | undefined
  readonly skipped: readonly SkippedSample[]
  readonly unknown: readonly UnknownLabel[]
  readonly warnings: readonly string[]
  samples(signal?: AbortSignal): AsyncIterable<RawSample>
}

/** Encoded samples of one split, in any order by index. */
export interface SampleSet {
  /** (samples) */
  readonly labels: Int32Array
  /** Bytes of each record. (samples) */
  readonly sizes: Int32Array
  /** The record of one sample. Its bytes are valid until the next call. */
  read(index: number): Uint8Array
}

/** Another record in place of one; valid until the next call. */
export type RecordChange = (record: Uint8Array) => Uint8Array

/** Named arrays for the inputs of a graph. */
export type SampleFeeds = Record<string, Float32Array | Int32Array>

/**
 * How the samples of one modality become records of bytes, and records the inputs of a graph.
 *
 *   image   side · side · 3 bytes, RGB interleaved        → `pixels`
 *   text    token ids, int32 little-endian                → `tokens`, `mask`
 */
export interface SampleFormat {
  /** Reads or tokenizes one sample. @throws Error - it cannot be used; says why */
  encode(source: string): Promise<Uint8Array>
  /** The same of the bytes of an image's file; texts have none. */
  encodeBytes?(bytes: Uint8Array): Promise<Uint8Array>
  /** How many of the samples encoded so far were longer than the extent and were cut. */
  readonly cut?: number
  /** The same format with the extents that suit records of these sizes best, one array a split. */
  fitted?(sizes: readonly Int32Array[]): SampleFormat
  /** Extent of the batches that a record of so many bytes is put into: an image's side, or the least bucket that holds a text. */
  extentOf(bytes: number): number
  /** Inputs of an empty batch. */
  feeds(size: number, extent: number): SampleFeeds
  /** Writes a record into one row of a batch. */
  write(record: Uint8Array, feeds: SampleFeeds, row: number, extent: number): void
  /** The random change of records for training that the options ask for. @throws PeermergeError ERR_TRAIN_OPTIONS */
  augmentation?(options: Augmentation, random: Random): RecordChange | undefined
}

/** How many samples of each class, in the charter's order. */
export function countClasses(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]! += 1
  return counts
}
