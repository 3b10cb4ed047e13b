import type { z } from 'zod'

/** Fields that a schema knows at a path of a value; none where that cannot be told, as in one of several alternatives. */
export function knownFields(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: z.core.$ZodType | undefined = schema
  for (const part of path) at = inside(plain(at), part)
  const { def } = plain(at)?._zod ?? {}
  return def !== undefined && isObject(def) ? Object.keys(def.shape) : []
}

/** Without what says that it may be left out. */
function plain(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const def = schema?._zod.def as { readonly innerType?: z.core.$ZodType } | undefined
  return def?.innerType === undefined ? schema : plain(def.innerType)
}

function inside(schema: z.core.$ZodType | undefined, part: PropertyKey): z.core.$ZodType | undefined {
  const def = schema?._zod.def
  if (def === undefined) return undefined
  if (isObject(def)) return def.shape[String(part)]
  return def.type === 'array' ? (def as z.core.$ZodArrayDef).element : undefined
}

function isObject(def: z.core.$ZodTypeDef): def is z.core.$ZodObjectDef {
  return def.type === 'object'
}
