import type { Backbone } from './backbone.ts'

/** A backbone that reads texts, before its tokenizer is known. */
export type TextBackbone = Omit<Backbone, 'format'> & {
  readonly modality: 'text'
  readonly pooling: 'cls' | 'mean' | 'last'
  readonly defaultTargets: readonly string[]
}
