import type { TargetModule } from '../../merge/index.ts'
import { input, linear } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import { sampleInputs } from '../model/sample-inputs.ts'
import type { Backbone } from './backbone.ts'

/** Names of linear layers that meet the same input, as query, key and value do; in the order of the graph. No weights are read. */
export function sharedInputs(backbone: Backbone): string[][] {
  const { modality, extent } = backbone
  const shapes = backbone.parameters(extent)
  const met = new Map<Value, string[]>()
  backbone.graph(sampleInputs(modality, { size: 1, extent }), {
    weight: (name) => input(name, shapes.get(name)!),
    linear: (module, x, weight, bias) => {
      met.set(x, [...(met.get(x) ?? []), module])
      return linear(x, weight, bias)
    },
  })
  return [...met.values()]
}

/** These modules, each with the name of the first of them that has its input, where that is another. */
export function withSharedInputs(
  modules: readonly TargetModule[],
  inputs: readonly (readonly string[])[],
): TargetModule[] {
  return modules.map((module) => {
    const sharing = inputs.find((names) => names.includes(module.name)) ?? []
    const first = modules.find(({ name }) => sharing.includes(name))
    return first === undefined || first.name === module.name ? module : { ...module, input: first.name }
  })
}
