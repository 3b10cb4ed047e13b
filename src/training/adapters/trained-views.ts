import { loraAName, loraBName } from '../../merge/index.ts'
import type { LoraFactor } from '../types.ts'
import type { ModuleAdapter, ParameterRange, Parameters } from './adapter.ts'
import type { PartChoice } from './part-choice.ts'

/** Wire names of what a choice trains: the tensors of chosen parts, and every tensor of modules without parts. */
export function trainedNames(
  adapters: readonly ModuleAdapter[],
  choice: PartChoice,
  wire: ReadonlyMap<string, unknown>,
): string[] {
  const left = new Set(
    adapters.flatMap(({ module, parts }) => {
      const chosen = choice.get(module.name) ?? []
      return parts.filter((_, index) => !chosen.includes(index)).map(({ name }) => name)
    }),
  )
  return [...wire.keys()].filter((name) => !left.has(name))
}

/** Parameters, and in the same names wire tensors, that stay as they are: what is given, and while one factor of LoRA is trained alone the other. */
export function stayingNames(
  adapters: readonly ModuleAdapter[],
  factor: LoraFactor | undefined,
): ReadonlySet<string> {
  const given = adapters.flatMap((adapter) => adapter.given ?? [])
  if (factor === undefined) return new Set(given)
  const nameOf = factor === 'A' ? loraBName : loraAName
  return new Set([...given, ...adapters.map(({ module }) => nameOf(module.name))])
}

/** Ranges of all parameters that a choice trains; a parameter that belongs to no part is trained whole. */
export function trainedRanges(
  adapters: readonly ModuleAdapter[],
  choice: PartChoice,
  values: Parameters,
): ParameterRange[] {
  const inParts = new Set<string>()
  const ranges: ParameterRange[] = []
  for (const { module, parts } of adapters) {
    for (const { trains } of parts) for (const { parameter } of trains) inParts.add(parameter)
    for (const index of choice.get(module.name) ?? []) ranges.push(...parts[index]!.trains)
  }
  for (const [parameter, { length }] of values) {
    if (!inParts.has(parameter)) ranges.push({ parameter, from: 0, to: length })
  }
  return ranges
}

/** Those ranges of parameters or of their slopes, as views into the same memory, by a name for each. */
export function rangeViews(ranges: readonly ParameterRange[], values: Parameters): Map<string, Float32Array> {
  return new Map(
    ranges.map(({ parameter, from, to }) => [
      `${parameter} ${from}`,
      values.get(parameter)!.subarray(from, to),
    ]),
  )
}
