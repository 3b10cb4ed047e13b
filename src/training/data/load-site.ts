import type { SiteData, SiteSummary, SkippedSample, SplitSummary } from '../types.ts'
import { DatasetError } from '../errors.ts'
import { encodeSamples } from './encode-samples.ts'
import { GrowingInt32 } from './growing-int32.ts'
import { MemoryBudget } from './memory-budget.ts'
import { percent } from './percent.ts'
import { recordStore } from './record-store.ts'
import type { RecordStore } from './record-store.ts'
import { countClasses } from './samples.ts'
import type { SampleFormat, SampleSet, SampleSource, Split } from './samples.ts'
import { SkippedList } from './skipped-list.ts'

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
  /** Memory for the samples. @default one of its own */
  readonly budget?: MemoryBudget
}

/**
 * Reads a source to its end and encodes every sample; what cannot be encoded is left out and reported.
 *
 * @throws DatasetError ERR_NO_SAMPLES - none of the training samples can be used
 * @throws SpillError - samples that do not fit into memory cannot be kept on disk
 */
export async function loadSite(
  data: SiteData,
  source: SampleSource,
  format: SampleFormat,
  options: LoadOptions = {},
): Promise<LoadedSite> {
  const { budget = new MemoryBudget() } = options
  const splits = { train: new GrowingSet(budget), heldOut: new GrowingSet(budget) }
  const close = (): void => Object.values(splits).forEach((set) => set.close())
  try {
    const skipped = new SkippedList()
    const cutBefore = format.cut ?? 0
    await encodeAll(source, format, splits, skipped, options)
    const named = [...source.skipped, ...skipped.named]
    refuseEmpty(data, splits.train, named)
    const sets = { train: splits.train.finish(), heldOut: splits.heldOut.finish() }
    const warnings = [
      ...source.warnings,
      ...skipped.summary('samples', data.path),
      ...cutWarnings((format.cut ?? 0) - cutBefore, sets),
      ...heldOutWarnings(data, sets.heldOut),
    ]
    return {
      ...sets,
      summary: summarise(data, sets, { skipped: named, unknown: source.unknown, warnings }),
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

async function encodeAll(
  source: SampleSource,
  format: SampleFormat,
  splits: Record<Split, GrowingSet>,
  skipped: SkippedList,
  { signal, onSample }: LoadOptions,
): Promise<void> {
  const encode = async (sample: string): Promise<Uint8Array> => format.encode(sample)
  for await (const { sample, record } of encodeSamples(source.samples(signal), encode, signal)) {
    if (record instanceof Uint8Array) splits[sample.split].add(record, sample.label)
    else skipped.add(record.where, 'cannot be read', record.reason)
    onSample?.()
  }
}

class GrowingSet {
  readonly #records: RecordStore
  readonly #labels = new GrowingInt32()

  constructor(budget: MemoryBudget) {
    this.#records = recordStore({ budget })
  }

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
      labels: this.#labels.toArray(),
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
  notes: Pick<SiteSummary, 'skipped' | 'unknown' | 'warnings'>,
): SiteSummary {
  return {
    path: data.path,
    train: summariseSplit(train, data.classes.length),
    heldOut: summariseSplit(heldOut, data.classes.length),
    ...notes,
  }
}

function summariseSplit({ labels }: SampleSet, classes: number): SplitSummary {
  return { count: labels.length, classCounts: countClasses(labels, classes) }
}

function cutWarnings(cut: number, { train, heldOut }: Record<Split, SampleSet>): string[] {
  if (cut === 0) return []
  const count = train.labels.length + heldOut.labels.length
  return [
    `${cut} of ${count} texts (${percent(cut, count)}) are longer than the extent of the charter and were cut`,
  ]
}

function heldOutWarnings(data: SiteData, { labels }: SampleSet): string[] {
  if (labels.length > 0) return []
  const why = data.heldOutPath === undefined ? 'every class has a single sample in' : 'none can be used of'
  const path = data.heldOutPath ?? data.path
  return [`no sample is held out, so nothing can be evaluated here: ${why} ${path}`]
}

/** Several sets as one; `starts` says where each of them begins. */
export interface JoinedSamples extends SampleSet {
  readonly starts: readonly number[]
}

/** All samples of several sets as one, in order. */
export function joinSamples(sets: readonly SampleSet[]): JoinedSamples {
  const [only] = sets
  if (only !== undefined && sets.length === 1) return { ...only, starts: [0] }
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
  return { labels, sizes, read, starts }
}

function startsOf(sets: readonly SampleSet[]): number[] {
  let start = 0
  return sets.map(({ labels }) => (start += labels.length) - labels.length)
}
