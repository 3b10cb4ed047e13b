/** A transformer to time, in the words of both bench-train.ts and bench_train_torch.py. */
export interface BenchCase {
  readonly name: string
  readonly layers: number
  readonly width: number
  readonly heads: number
  readonly batch: number
  readonly rank: number
  readonly trainsA: boolean
  /** Adapters on all six linears of a layer, else on query and value. */
  readonly everywhere: boolean
  /** Normalises before attention and MLP (ViT), else after (BERT). */
  readonly preNorm: boolean
  readonly classes: number
  /** Text: */
  readonly tokens: number
  readonly vocabulary: number
  /** Images, when not 0: */
  readonly imageSize: number
  readonly patch: number
}

const bert: BenchCase = {
  name: 'encoder, B trained',
  layers: 6,
  width: 384,
  heads: 12,
  batch: 32,
  rank: 8,
  trainsA: false,
  everywhere: true,
  preNorm: false,
  classes: 10,
  tokens: 32,
  vocabulary: 30522,
  imageSize: 0,
  patch: 0,
}

const vit: BenchCase = {
  name: 'vit-tiny, A and B trained',
  layers: 12,
  width: 192,
  heads: 3,
  batch: 16,
  rank: 8,
  trainsA: true,
  everywhere: false,
  preNorm: true,
  classes: 10,
  tokens: 0,
  vocabulary: 0,
  imageSize: 224,
  patch: 16,
}

/** A MiniLM-sized text encoder with adapters on all linears, and ViT-Tiny with adapters on query and value. */
export const benchCases: readonly BenchCase[] = [
  bert,
  { ...bert, name: 'encoder, A and B trained', trainsA: true },
  { ...vit, name: 'vit-tiny, B trained', trainsA: false },
  vit,
]
