import type { SampleSource } from '../data/samples.ts'
import { chooseBuckets } from '../data/text/length-buckets.ts'

/** Texts that are looked at, the first ones. */
const LOOKED_AT = 2_000
/** Words of letters take four or more; other scripts take fewer, so that their texts are longer than this says. */
const CHARACTERS_PER_TOKEN = 4
/** That a tokenizer puts around a text. */
const AROUND = 2

/** About the lengths that batches of a site's texts will have, of at most so many tokens: one compiled graph each. Reads texts and tokenizes none. */
export async function textExtents(
  source: Pick<SampleSource, 'samples'>,
  maxTokens: number,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const lengths: number[] = []
  for await (const { source: text } of source.samples(signal)) {
    lengths.push(Math.min(maxTokens, Math.ceil(text.length / CHARACTERS_PER_TOKEN) + AROUND))
    if (lengths.length === LOOKED_AT) break
  }
  return chooseBuckets([Int32Array.from(lengths)], maxTokens)
}
