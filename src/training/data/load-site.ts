import type { SiteData, SiteSummary, SkippedSample, SplitSummary } from '../types.ts'
import { DatasetError } from '../errors.ts'
import { encodeSamples } from './encode-samples.ts'
import { memoryRecords } from './record-store.ts'
import type { RecordStore } from './record-store.ts'
import { countClasses } from './samples.ts'
import type { SampleFormat, SampleSet, SampleSource, Split } from './samples.ts'

/** A site's encoded samples, by split. */
export interface LoadedSite {
  readonly train: SampleSet
  readonly heldOut: SampleSet
  readonly summary: SiteSummary
  /** Frees what the samples take. Harmless twice. */
  close(): void
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined
  /** Called after every sample. */
  readonly onSample?: (() => void) | undefined
}

/**
 * Reads a source to its end and encodes every sample; what cannot be encoded is left out and reported.
 *
 * @throws DatasetError ERR_NO_SAMPLES - none of the training samples can be used
 */
export async function loadSite(
  data: SiteData,
  source: SampleSource,
  format: SampleFormat,
  { signal, onSample }: LoadOptions = {},
): Promise<LoadedSite> {
  const splits = { train: new GrowingSet(), heldOut: new GrowingSet() }
  const skipped: SkippedSample[] = []
  for await (const { sample, record } of encodeSamples(
    source.samples(signal),
    (one) => format.encode(one),
    signal,
  )) {
    if (record instanceof Uint8Array) splits[sample.split].add(record, sample.label)
    else skipped.push(record)
    onSample?.()
  }
  refuseEmpty(data, splits.train, skipped)
  const sets = { train: splits.train.finish(), heldOut: splits.heldOut.finish() }
  return {
    ...sets,
    summary: summarise(data, sets, [...source.skipped, ...skipped], source.warnings),
    close: () => Object.values(splits).forEach((set) => set.close()),
  }
}

class GrowingSet {
  readonly #records: RecordStore = memoryRecords()
  readonly #labels: number[] = []

  get count(): number {
    return this.#labels.length
  }

  add(record: Uint8Array, label: number): void {
    this.#records.append(record)
    this.#labels.push(label)
  }

  finish(): SampleSet {
    const records = this.#records
    return {
      labels: Int32Array.from(this.#labels),
      sizes: records.sizes(),
      read: (index) => records.read(index),
    }
  }

  close(): void {
    this.#records.close()
  }
}

function refuseEmpty(data: SiteData, train: GrowingSet, skipped: readonly SkippedSample[]): void {
  if (train.count > 0) return
  const [first] = skipped
  const why = first === undefined ? 'all are held out' : `${first.where}: ${first.reason}`
  throw new DatasetError('ERR_NO_SAMPLES', data.path, `no training sample can be used; ${why}`)
}

function summarise(
  data: SiteData,
  { train, heldOut }: Record<Split, SampleSet>,
  skipped: readonly SkippedSample[],
  warnings: readonly string[],
): SiteSummary {
  return {
    path: data.path,
    train: summariseSplit(train, data.classes.length),
    heldOut: summariseSplit(heldOut, data.classes.length),
    skipped,
    warnings: [...warnings, ...heldOutWarnings(data, heldOut)],
  }
}

function summariseSplit({ labels }: SampleSet, classes: number): SplitSummary {
  return { count: labels.length, classCounts: countClasses(labels, classes) }
}

function heldOutWarnings(data: SiteData, { labels }: SampleSet): string[] {
  if (labels.length > 0) return []
  return [
    `no sample is held out, so nothing can be evaluated here: every class has a single sample in ${data.path}`,
  ]
}

/** All samples of several sets as one, in order. */
export function joinSamples(sets: readonly SampleSet[]): SampleSet {
  const [only] = sets
  if (only !== undefined && sets.length === 1) return only
  const starts = startsOf(sets)
  const total = sets.reduce((count, { labels }) => count + labels.length, 0)
  const labels = new Int32Array(total)
  const sizes = new Int32Array(total)
  for (const [i, set] of sets.entries()) {
    labels.set(set.labels, starts[i])
    sizes.set(set.sizes, starts[i])
  }
  const read = (index: number): Uint8Array => {
    const i = starts.findLastIndex((start, set) => index >= start && sets[set]!.labels.length > 0)
    return sets[i]!.read(index - starts[i]!)
  }
  return { labels, sizes, read }
}

function startsOf(sets: readonly SampleSet[]): number[] {
  let start = 0
  return sets.map(({ labels }) => (start += labels.length) - labels.length)
}
