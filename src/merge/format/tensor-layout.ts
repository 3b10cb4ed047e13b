import type { WireType } from '../types.ts'

/** Shape and number type of a tensor in a payload. */
export interface TensorLayout {
  readonly shape: readonly number[]
  readonly type: WireType | 'U8'
}

/** By wire name. */
export type TensorLayouts = ReadonlyMap<string, TensorLayout>

const WIDTHS = { F32: 4, F16: 2, BF16: 2, U8: 1 } as const

export const float32Layout = (shape: readonly number[]): TensorLayout => ({ shape, type: 'F32' })

/** Bytes of all tensors of a payload, without the safetensors header. */
export function tensorBytes(layouts: TensorLayouts): number {
  let bytes = 0
  for (const { shape, type } of layouts.values()) bytes += WIDTHS[type] * entryCount(shape)
  return bytes
}

export function entryCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
