import { seededStart } from '../adapters/start-value.ts'
import type { ContributionKind, MergeSpec, Tensor } from '../types.ts'
import { expectedTensors, selectableTensors, trainedTensors } from './contribution-tensors.ts'
import { gramName, packedGramSize } from './gram-tensors.ts'
import { isPersonal, maskBytes, maskName } from './personal-mask.ts'
import { roundableGrams } from './round-gram.ts'
import { writeSafetensors, type WritableTensor } from './safetensors-writer.ts'

/** By wire name; masks are bytes. */
type WritableTensors = ReadonlyMap<string, WritableTensor>

/**
 * The payload of a contribution: its tensors in the charter's number types. In half precision trained tensors travel as differences from
 * the charter's start, and Grams so that they are still admissible once they are rounded. Personal entries leave as 0;
 * a tensor without a mask is shared whole.
 *
 * @param tensors - by wire name, in float32, as training and measuring yield them
 * @throws ShapeMismatchError - a tensor's data has not as many entries as its shape says
 */
export function writeContribution(
  spec: MergeSpec,
  kind: ContributionKind,
  tensors: WritableTensors,
): Uint8Array {
  const layouts = expectedTensors(spec, kind, (part) => tensors.has(part))
  const sent = new Map<string, WritableTensor>(tensors)
  if (kind === 'adapter' && spec.wire !== undefined) {
    for (const module of spec.modules) {
      if (spec.wire.factors !== 'F32') {
        for (const name of trainedTensors(spec.adapter, module).keys()) {
          replace(sent, name, (tensor) => minus(tensor, seededStart(spec.adapter, module, name)))
        }
      }
      const size = packedGramSize(spec, module)
      if (spec.wire.grams === 'BF16' && size !== undefined) {
        replace(sent, gramName(module.name), ({ shape, data }) => {
          return { shape, data: roundableGrams(data, size, spec.ridge) }
        })
      }
    }
  }
  if (kind === 'adapter') hidePersonal(spec, sent)
  const typeOf = (name: string): 'F32' | 'F16' | 'BF16' => {
    const type = layouts.get(name)?.type
    return type === undefined || type === 'U8' ? 'F32' : type
  }
  return writeSafetensors(sent, { type: typeOf })
}

function hidePersonal(spec: MergeSpec, sent: Map<string, WritableTensor>): void {
  for (const name of selectableTensors(spec).keys()) {
    const tensor = sent.get(name)
    if (tensor === undefined) continue
    const given = sent.get(maskName(name))?.data
    const mask = given instanceof Uint8Array ? given : new Uint8Array(maskBytes(tensor.data.length))
    sent.set(maskName(name), { shape: [mask.length], data: mask })
    replace(sent, name, ({ shape, data }) => {
      return { shape, data: data.map((value, i) => (isPersonal(mask, i) ? 0 : value)) }
    })
  }
}

function replace(
  tensors: Map<string, WritableTensor>,
  name: string,
  change: (tensor: Tensor) => Tensor,
): void {
  const tensor = tensors.get(name)
  if (tensor?.data instanceof Float32Array) tensors.set(name, change({ ...tensor, data: tensor.data }))
}

function minus(tensor: Tensor, start: Tensor | undefined): Tensor {
  if (start === undefined) return tensor
  return { shape: tensor.shape, data: tensor.data.map((value, i) => value - start.data[i]!) }
}
