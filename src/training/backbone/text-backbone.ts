import { textFormat } from '../data/text/text-format.ts'
import { openTokenizer } from '../data/text/tokenizer/text-tokenizer.ts'
import type { Backbone } from './backbone.ts'

/** A backbone that reads texts, apart from the tokenizer that goes with it. */
export type TextBackbone = Omit<Backbone, 'format'> & {
  /** Rows of the embedding table. */
  readonly vocabulary: number
}

/** The backbone with the tokenizer of its directory, which is opened when texts come. */
export function withTokenizer(backbone: TextBackbone): Backbone {
  const { dir, vocabulary } = backbone
  const format: Backbone['format'] = async (extent) =>
    textFormat(await openTokenizer(dir, { extent, vocabulary }), extent)
  return { ...backbone, format }
}
