import { gramName, gramRestName, gramVectorsName } from '../../merge/index.ts'
import type { Tensor, TensorMap } from '../../merge/index.ts'
import type { GramSummary } from '../types.ts'

/** A summary of G as the tensors in which it travels. */
export function wireGram(module: string, gram: GramSummary): TensorMap {
  switch (gram.kind) {
    case 'full':
    case 'projected':
      return new Map([[gramName(module), gram.packed]])
    case 'diagonal':
      return new Map([[gramName(module), gram.diagonal]])
    case 'top-k':
      return new Map<string, Tensor>([
        [gramName(module), gram.values],
        [gramVectorsName(module), gram.vectors],
        [gramRestName(module), { shape: [1], data: Float32Array.of(gram.rest) }],
      ])
  }
}
