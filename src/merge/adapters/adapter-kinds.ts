import { z } from 'zod'
import type { AdapterKind } from './adapter-kind.ts'
import { loraKind, loraSchema } from './adapter-lora.ts'
import { ravanKind, ravanSchema } from './adapter-ravan.ts'
import type { AdapterSpec } from '../types.ts'

/** Every kind of adapter; a further one is a file of its own and a line in each of these two tables. */
const KINDS: { readonly [K in AdapterSpec['kind']]: AdapterKind<Extract<AdapterSpec, { kind: K }>> } = {
  lora: loraKind,
  ravan: ravanKind,
}

/** What a charter says of its adapter, in full: defaults are filled in. */
export const adapterSchema = z.discriminatedUnion('kind', [loraSchema, ravanSchema])

/** The kind of this spec. */
export function adapterKind<S extends AdapterSpec>(spec: S): AdapterKind<S> {
  return KINDS[spec.kind] as unknown as AdapterKind<S>
}
