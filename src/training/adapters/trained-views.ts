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

/** Ranges of all parameters that a choice trains; a parameter that belongs to no part is trained whole. */
function trainedRanges(
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

/** What a choice trains, as views into parameters or into their slopes, by a name for each. */
export function trainedViews(
  adapters: readonly ModuleAdapter[],
  choice: PartChoice,
  values: Parameters,
): (tensors: Parameters) => Map<string, Float32Array> {
  const ranges = trainedRanges(adapters, choice, values)
  return (tensors) =>
    new Map(
      ranges.map(({ parameter, from, to }) => [
        `${parameter} ${from}`,
        tensors.get(parameter)!.subarray(from, to),
      ]),
    )
}
