/** A transformer to time, in the words of both bench-train.ts and bench_train_torch.py. */
export interface BenchCase {
  readonly name: string
  /** Forward and backward with an adapter, or the classifier's input alone with the adapter merged. */
  readonly does: 'step' | 'features'
  readonly family: 'bert' | 'vit'
  readonly layers: number
  readonly width: number
  readonly heads: number
  readonly batch: number
  readonly rank: number
  readonly trainsA: boolean
  /** Adapters on all six linears of a layer, else on query and value. */
  readonly everywhere: boolean
  readonly classes: number
  /** Tokens of a text, or side of an image in pixels. */
  readonly extent: number
  readonly vocabulary: number
  readonly patch: number
}

const bert: BenchCase = {
  name: 'encoder, B trained',
  does: 'step',
  family: 'bert',
  layers: 6,
  width: 384,
  heads: 12,
  batch: 32,
  rank: 8,
  trainsA: false,
  everywhere: true,
  classes: 10,
  extent: 32,
  vocabulary: 30522,
  patch: 0,
}

const vit: BenchCase = {
  name: 'vit-tiny, B trained',
  does: 'step',
  family: 'vit',
  layers: 12,
  width: 192,
  heads: 3,
  batch: 16,
  rank: 8,
  trainsA: false,
  everywhere: false,
  classes: 10,
  extent: 224,
  vocabulary: 0,
  patch: 16,
}

/** A MiniLM-sized text encoder with adapters on all linears, and ViT-Tiny with adapters on query and value. */
export const benchCases: readonly BenchCase[] = [
  bert,
  { ...bert, name: 'encoder, A and B trained', trainsA: true },
  { ...bert, name: 'encoder, features', does: 'features' },
  vit,
  { ...vit, name: 'vit-tiny, A and B trained', trainsA: true },
  { ...vit, name: 'vit-tiny, features', does: 'features' },
]
