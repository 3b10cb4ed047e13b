import { isPersonal, maskName } from '../format/personal-mask.ts'
import type { Safetensors } from '../format/safetensors-reader.ts'
import { selectableTensors } from '../format/contribution-tensors.ts'
import type { TensorLayouts } from '../format/tensor-layout.ts'
import type { MergeSpec } from '../types.ts'
import { reject } from './validation.ts'

/** Of every tensor that is there and can be personal in part: no bits behind its last entry, and nothing said of what is personal. */
export function checkMasks(spec: MergeSpec, file: Safetensors, layouts: TensorLayouts): void {
  for (const name of selectableTensors(spec).keys()) if (layouts.has(name)) checkMask(name, file)
}

function checkMask(name: string, file: Safetensors): void {
  const { data } = file.tensor(name)
  const mask = file.bytes(maskName(name))
  for (let bit = data.length; bit < 8 * mask.length; bit++) {
    if (isPersonal(mask, bit)) reject('bad-mask', `${maskName(name)}, bit ${bit} is 1, the tensor has ${data.length} entries`) // prettier-ignore
  }
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0 && isPersonal(mask, i)) {
      reject('personal-entry', `${name}, entry ${i} is personal and ${data[i]!}, expected 0`)
    }
  }
}
