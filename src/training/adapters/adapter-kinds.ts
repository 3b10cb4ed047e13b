import type { AdapterSpec, TargetModule } from '../../merge/index.ts'
import type { ModuleAdapter } from './adapter.ts'
import { loraAdapter } from './lora.ts'
import { ravanAdapter } from './ravan.ts'

type Create<S> = (spec: S, module: TargetModule) => ModuleAdapter

/** Every kind of adapter; a further one is a file of its own and a line here. */
const KINDS: { readonly [K in AdapterSpec['kind']]: Create<Extract<AdapterSpec, { kind: K }>> } = {
  lora: loraAdapter,
  ravan: ravanAdapter,
}

/** The adapter of this spec on one linear layer. */
export function moduleAdapter(spec: AdapterSpec, module: TargetModule): ModuleAdapter {
  return (KINDS[spec.kind] as Create<AdapterSpec>)(spec, module)
}
