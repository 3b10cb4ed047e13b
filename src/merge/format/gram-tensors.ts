import { packedLength } from '../linear/packed-symmetric.ts'
import type { GramSpec, MergeRule, MergeSpec, TargetModule } from '../types.ts'
import type { TensorLayout } from './tensor-layout.ts'

/** What a rule needs where the charter does not say; `regmean` has to be told which of the forms of a whole Gram. */
const LEAST: Readonly<Record<MergeRule, GramSpec | undefined>> = {
  mean: undefined,
  fedselect: undefined,
  regmean: undefined,
  lorm: { form: 'projected' },
  ravan: { form: 'projected' },
  'ravan-coupled': { form: 'joint' },
  'ravan-dense': { form: 'joint' },
}

/** Which Grams adapter contributions carry, if any. */
export function gramForm({ rule, grams }: Pick<MergeSpec, 'rule' | 'grams'>): GramSpec | undefined {
  return grams ?? LEAST[rule]
}

export const gramName = (module: string): string => `gram/${module}`
export const gramVectorsName = (module: string): string => `gram/${module}.vectors`
export const gramRestName = (module: string): string => `gram/${module}.rest`

/**
 * The module under whose name the Gram of a module's inputs travels: that of a whole input only once for those who share it, a
 * projected one for each, as frozen factors differ.
 */
export function gramOwner(
  spec: Pick<MergeSpec, 'rule' | 'grams'>,
  { name, input = name }: TargetModule,
): string {
  const form = gramForm(spec)?.form
  return form === 'projected' || form === 'joint' ? name : input
}

/** Rows and columns of the matrices that travel packed; undefined for forms that are no packed matrices. */
export function packedGramSize(
  spec: Pick<MergeSpec, 'adapter' | 'rule' | 'grams'>,
  module: TargetModule,
): number | undefined {
  const { adapter } = spec
  switch (gramForm(spec)?.form) {
    case 'projected':
      return adapter.rank
    case 'joint':
      return adapter.kind === 'ravan' ? adapter.heads * adapter.rank : adapter.rank
    case 'full':
      return module.in
    case 'diagonal':
    case 'top-k':
    case undefined:
      return undefined
  }
}

/**
 * The tensors in which a module's Gram travels.
 *
 *   projected   gram/<module> (r(r+1)/2), of ravan (heads that are there, r(r+1)/2)
 *   joint       gram/<module> (s(s+1)/2), s = heads·r
 *   full        gram/<module> (in(in+1)/2)
 *   diagonal    gram/<module> (in)
 *   top-k       gram/<module> (k) eigenvalues, gram/<module>.vectors (k, in), gram/<module>.rest (1)
 *
 * None where it travels under the name of an earlier module.
 */
export function gramTensors(
  spec: Pick<MergeSpec, 'adapter' | 'rule' | 'grams' | 'wire'>,
  module: TargetModule,
  parts: number,
): [string, TensorLayout][] {
  const form = gramForm(spec)
  if (form === undefined || gramOwner(spec, module) !== module.name) return []
  const { name, in: width } = module
  const type = spec.wire?.grams ?? 'F32'
  const only = (...shape: number[]): [string, TensorLayout][] => [[gramName(name), { shape, type }]]
  const packed = packedLength(packedGramSize(spec, module) ?? 0)
  switch (form.form) {
    case 'projected':
      return spec.adapter.kind === 'ravan' ? only(parts, packed) : only(packed)
    case 'joint':
    case 'full':
      return only(packed)
    case 'diagonal':
      return only(width)
    case 'top-k':
      return [
        ...only(form.k),
        [gramVectorsName(name), { shape: [form.k, width], type }],
        [gramRestName(name), { shape: [1], type }],
      ]
  }
}
