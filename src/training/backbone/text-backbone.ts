import type { TargetModule, TensorMap } from '../../merge/index.ts'
import type { Value } from '../graph/index.ts'
import type { GraphHooks, GraphOptions } from './backbone.ts'

/** A backbone that reads texts. */
export interface TextBackbone {
  readonly dir: string
  readonly family: string
  readonly modality: 'text'
  readonly features: number
  readonly extent: number
  readonly linears: readonly TargetModule[]
  readonly pooling: 'cls' | 'mean' | 'last'
  readonly defaultTargets: readonly string[]
  parameters(extent: number): ReadonlyMap<string, readonly number[]>
  load(extent: number): TensorMap
  graph(inputs: ReadonlyMap<string, Value>, hooks: GraphHooks, options?: GraphOptions): Value
}
