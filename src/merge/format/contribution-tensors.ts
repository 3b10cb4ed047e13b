import { adapterKind } from '../adapters/adapter-kinds.ts'
import { packedLength } from '../linear/packed-symmetric.ts'
import type { AdapterSpec, ContributionKind, MergeSpec, TargetModule } from '../types.ts'

export type TensorShapes = ReadonlyMap<string, readonly number[]>

/** Wire names and shapes of the trained tensors of one module: `lora_A`, `lora_B` or `head.<h>`. */
export function trainedTensors(
  adapter: AdapterSpec,
  module: TargetModule,
): ReadonlyMap<string, readonly [rows: number, cols: number]> {
  const trained = adapterKind(adapter).trained(adapter, module)
  return new Map([...trained].map(([tensor, shape]) => [`adapter/${module.name}/${tensor}`, shape]))
}

/** Wire names of the tensors of one module that a contribution may leave out, in their order: adapter heads. */
export function partNames(adapter: AdapterSpec, { name }: TargetModule): readonly string[] {
  return adapterKind(adapter)
    .parts(adapter)
    .map((part) => `adapter/${name}/${part}`)
}

/**
 * Exactly the tensors of a payload, all float32, by wire name.
 *
 *   adapter      trained tensors; `gram/<module>` unless the rule is `mean`; `classifier/weight`, `classifier/bias`
 *   statistics   `classifier/gram`, `classifier/cross`
 *
 * @param holds - which of the parts that may be left out are there; by default all. A Gram has a row for each that is.
 */
export function expectedTensors(
  spec: MergeSpec,
  kind: ContributionKind,
  holds: (part: string) => boolean = () => true,
): TensorShapes {
  const classes = spec.classes.length
  if (kind === 'statistics') {
    return new Map([
      ['classifier/gram', [packedLength(spec.features + 1)]],
      ['classifier/cross', [spec.features + 1, classes]],
    ])
  }
  const shapes = new Map<string, readonly number[]>()
  for (const module of spec.modules) {
    for (const [name, shape] of moduleTensors(spec, module, holds)) shapes.set(name, shape)
  }
  return shapes.set('classifier/weight', [classes, spec.features]).set('classifier/bias', [classes])
}

function moduleTensors(
  { adapter, rule }: MergeSpec,
  module: TargetModule,
  holds: (part: string) => boolean,
): Map<string, readonly number[]> {
  const parts = partNames(adapter, module)
  const absent = new Set(parts.filter((name) => !holds(name)))
  const shapes = new Map<string, readonly number[]>(
    [...trainedTensors(adapter, module)].filter(([name]) => !absent.has(name)),
  )
  const packed = packedLength(adapter.rank)
  const gram = parts.length === 0 ? [packed] : [parts.length - absent.size, packed]
  return rule === 'mean' ? shapes : shapes.set(gramName(module.name), gram)
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
