import type { AdapterSpec, TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import { linear } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import type { MixtureSpec } from '../types.ts'
import { trainedAdapter } from './adapter-kinds.ts'
import type { AttachedAdapter, ModuleAdapter, Parameter, Parameters, Projection } from './adapter.ts'
import type { PartChoice } from './part-choice.ts'

/** The adapters on all target modules, taken together. */
export interface AdapterSet {
  readonly adapters: readonly ModuleAdapter[]
  readonly parameters: readonly Parameter[]
  start(wire: TensorMap | null): Parameters
  wire(values: Parameters): TensorMap
  grams(sums: ReadonlyMap<string, Float64Array>, choice: PartChoice, projection: Projection): TensorMap
  attach(parameter: (name: string) => Value): AttachedSet
}

/** All adapters inside one graph; `linear` is the hook that a backbone's graph calls at its linear layers. */
export interface AttachedSet {
  readonly linear: (module: string, x: Value, weight: Value, bias: Value | undefined) => Value
  /**
   * Statistics at every target module that `linear` has met; `maskOf` gives (rows, 1) for the rows of x.
   *
   * @param aStays - an A that is a parameter has not been trained in this round, and projects. @default false
   */
  statistics(maskOf: (rows: number) => Value, aStays?: boolean): ReadonlyMap<string, Value>
}

export function adapterSet(spec: AdapterSpec | MixtureSpec, modules: readonly TargetModule[]): AdapterSet {
  const adapters = modules.map((module) => trainedAdapter(spec, module))
  const merged = <T>(maps: readonly ReadonlyMap<string, T>[]): Map<string, T> =>
    new Map(maps.flatMap((map) => [...map]))
  return {
    adapters,
    parameters: adapters.flatMap(({ parameters }) => parameters),
    start: (wire) => merged(adapters.map((adapter) => adapter.start(wire))),
    wire: (values) => merged<Tensor>(adapters.map((adapter) => adapter.wire(values))),
    grams: (sums, choice, projection) =>
      merged<Tensor>(
        adapters.map((adapter) => adapter.grams(sums, choice.get(adapter.module.name) ?? [], projection)),
      ),
    attach: (parameter) => attachAll(adapters, parameter),
  }
}

function attachAll(adapters: readonly ModuleAdapter[], parameter: (name: string) => Value): AttachedSet {
  const attached = new Map(adapters.map((adapter) => [adapter.module.name, adapter.attach(parameter)]))
  const met: { readonly adapter: AttachedAdapter; readonly x: Value }[] = []
  return {
    linear: (module, x, weight, bias) => {
      const adapter = attached.get(module)
      if (adapter === undefined) return linear(x, weight, bias)
      met.push({ adapter, x })
      return adapter.linear(x, weight, bias)
    },
    statistics: (maskOf, aStays = false) =>
      new Map(met.flatMap(({ adapter, x }) => [...adapter.statistics(x, maskOf(x.shape[0]!), aStays)])),
  }
}
