import type { AdapterSpec, TargetModule } from '../../merge/index.ts'
import type { MixtureSpec } from '../types.ts'
import type { LowRankAdapter, ModuleAdapter } from './adapter.ts'
import { loraAdapter } from './lora.ts'
import { mixtureAdapter } from './mixture.ts'
import { ravanAdapter } from './ravan.ts'

type Create<S> = (spec: S, module: TargetModule) => LowRankAdapter

/** Every kind of adapter that travels; a further one is a file of its own and a line here. */
const KINDS: { readonly [K in AdapterSpec['kind']]: Create<Extract<AdapterSpec, { kind: K }>> } = {
  lora: loraAdapter,
  ravan: ravanAdapter,
}

/** The adapter of this spec on one linear layer. */
export function moduleAdapter(spec: AdapterSpec, module: TargetModule): LowRankAdapter {
  return (KINDS[spec.kind] as Create<AdapterSpec>)(spec, module)
}

/** The same, also for what a site keeps to itself. */
export function trainedAdapter(spec: AdapterSpec | MixtureSpec, module: TargetModule): ModuleAdapter {
  if (spec.kind !== 'mixture') return moduleAdapter(spec, module)
  return mixtureAdapter(spec, module, moduleAdapter(spec.own, module))
}
