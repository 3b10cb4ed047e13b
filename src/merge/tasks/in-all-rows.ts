import { CLASSIFIER_WEIGHT } from '../format/contribution-tensors.ts'
import { isPersonal, maskName, packMask } from '../format/personal-mask.ts'
import type { ContributionView, MergeSpec, Tensor } from '../types.ts'
import { rowsOfTask } from './class-rows.ts'

/**
 * A contribution to one task as one to all classes: its rows in their places, zeros and no samples elsewhere.
 *
 *   classifier/weight (own, d) → (all, d), its mask likewise      classifier/bias (own) → (all)
 *   classifier/cross (d+1, own) → (d+1, all)
 */
export function inAllRows(spec: MergeSpec, view: ContributionView): ContributionView {
  if (spec.tasks === undefined) return view
  const rows = rowsOfTask(spec, view.header.task)
  const all = spec.classes.length
  const classCounts = new Array<number>(all).fill(0)
  for (const [own, row] of rows.entries()) classCounts[row] = view.header.classCounts[own]!
  return {
    ...view,
    header: { ...view.header, classCounts },
    tensor(name) {
      const tensor = view.tensor(name)
      if (name === 'classifier/cross') return spread(tensor, rows, all, 1)
      if (name !== CLASSIFIER_WEIGHT && name !== 'classifier/bias') return tensor
      return spread(tensor, rows, all, 0)
    },
    bytes(name) {
      const bits = view.bytes(name)
      return name === maskName(CLASSIFIER_WEIGHT) ? spreadMask(bits, rows, spec) : bits
    },
  }
}

/** Bits of the rows in their places; nothing is personal elsewhere. */
function spreadMask(
  bits: Uint8Array,
  places: readonly number[],
  { classes, features }: Pick<MergeSpec, 'classes' | 'features'>,
): Uint8Array {
  const own = Float32Array.from({ length: places.length * features }, (_, i) => Number(isPersonal(bits, i)))
  return packMask(spread({ shape: [places.length, features], data: own }, places, classes.length, 0).data)
}

/** Entries along an axis of a matrix (or of a vector, as one column) in other places of a longer axis. */
function spread({ shape, data }: Tensor, places: readonly number[], length: number, axis: 0 | 1): Tensor {
  const [rows, cols] = [shape[0]!, shape[1] ?? 1]
  const width = axis === 0 ? cols : length
  const result = new Float32Array(axis === 0 ? length * cols : rows * length)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const at = axis === 0 ? places[i]! * width + j : i * width + places[j]!
      result[at] = data[i * cols + j]!
    }
  }
  return { shape: shape.map((size, i) => (i === axis ? length : size)), data: result }
}
