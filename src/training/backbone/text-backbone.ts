import type { Backbone } from './backbone.ts'

/** A backbone that reads texts, apart from the tokenizer that goes with it. */
export type TextBackbone = Omit<Backbone, 'format'>
