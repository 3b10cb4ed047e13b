import { packedLength } from './packed-symmetric.ts'
import type { AdapterSpec, ContributionKind, MergeSpec, TargetModule } from './types.ts'

export type TensorShapes = ReadonlyMap<string, readonly number[]>

/** Wire names and shapes of the trained tensors of one module: `lora_A`, `lora_B` or `head.<h>`. */
export function trainedTensors(adapter: AdapterSpec, { name, in: inputs, out }: TargetModule): TensorShapes {
  const { rank } = adapter
  if (adapter.kind === 'ravan') {
    const heads = Array.from({ length: adapter.heads }, (_, h) => h)
    return new Map(heads.map((h) => [headName(name, h), [rank, rank]]))
  }
  const shapes = new Map<string, readonly number[]>([[loraBName(name), [out, rank]]])
  if (adapter.trains === 'AB') shapes.set(loraAName(name), [rank, inputs])
  return shapes
}

/**
 * Exactly the tensors of a payload, all float32, by wire name.
 *
 *   adapter      trained tensors; `gram/<module>` unless the rule is `mean`; `classifier/weight`, `classifier/bias`
 *   statistics   `classifier/gram`, `classifier/cross`
 */
export function expectedTensors(spec: MergeSpec, kind: ContributionKind): TensorShapes {
  const classes = spec.classes.length
  if (kind === 'statistics') {
    return new Map([
      ['classifier/gram', [packedLength(spec.features + 1)]],
      ['classifier/cross', [spec.features + 1, classes]],
    ])
  }
  const shapes = new Map<string, readonly number[]>()
  for (const module of spec.modules) {
    for (const [name, shape] of trainedTensors(spec.adapter, module)) shapes.set(name, shape)
    if (spec.rule !== 'mean') shapes.set(gramName(module.name), gramShape(spec.adapter))
  }
  return shapes.set('classifier/weight', [classes, spec.features]).set('classifier/bias', [classes])
}

/** Bytes of all tensors of a payload, without the safetensors header. */
export function tensorBytes(shapes: TensorShapes): number {
  let bytes = 0
  for (const shape of shapes.values()) bytes += 4 * entryCount(shape)
  return bytes
}

export function entryCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

export const loraAName = (module: string): string => `adapter/${module}/lora_A`
export const loraBName = (module: string): string => `adapter/${module}/lora_B`
export const headName = (module: string, head: number): string => `adapter/${module}/head.${head}`
export const gramName = (module: string): string => `gram/${module}`

function gramShape(adapter: AdapterSpec): readonly number[] {
  const packed = packedLength(adapter.rank)
  return adapter.kind === 'ravan' ? [adapter.heads, packed] : [packed]
}
