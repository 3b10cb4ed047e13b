import { PeermergeError } from '../../errors.ts'
import { gramName, gramRestName, gramVectorsName } from '../../merge/index.ts'
import type { TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import type { GramSummary, InputGram } from '../types.ts'

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

/**
 * A shared Gram under the name of each module for which the charter does not name another one.
 *
 * @throws PeermergeError ERR_MODULE_MISMATCH - the charter says that two modules share an input, and they do not
 */
export function gramsOnWire(grams: readonly InputGram[], modules: readonly TargetModule[]): TensorMap {
  const tensors = new Map<string, Tensor>()
  for (const { name, input = name } of modules) {
    const { modules: sharing, gram } = grams.find((one) => one.modules.includes(name))!
    if (input === name) for (const [wire, tensor] of wireGram(name, gram)) tensors.set(wire, tensor)
    else if (!sharing.includes(input)) {
      const text = `target module ${name}: the charter says that it has the input of ${input}; in this backbone it has not`
      throw new PeermergeError('ERR_MODULE_MISMATCH', text, { module: name, input })
    }
  }
  return tensors
}
