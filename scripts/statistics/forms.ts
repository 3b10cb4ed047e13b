import type { GramSpec, WireSpec } from '../../src/merge/index.ts'

/** What a contribution says, and with what ridge it is merged. */
export interface Form {
  readonly name: string
  /** Undefined: no Grams, the plain mean by samples. */
  readonly grams: GramSpec | undefined
  readonly ridge: number
  readonly wire: WireSpec
  /** Whether the merged model is scored on the held-out samples, too. */
  readonly scored?: boolean
}

const f32: WireSpec = { factors: 'F32', grams: 'F32' }
const bf16: WireSpec = { factors: 'F32', grams: 'BF16' }
const full = { form: 'full' } as const
const form = (name: string, grams: GramSpec | undefined, ridge: number, wire = f32, scored = false): Form => {
  return { name, grams, ridge, wire, scored }
}
const topK = (k: number, wire = f32): Form => {
  const name = `top-${k}${wire === bf16 ? ', BF16' : ''}`
  return form(name, { form: 'top-k', k }, 1e-6, wire, wire === f32)
}

export const MEAN = form('plain mean', undefined, 1e-6, f32, true)

/** Forms for a step that trains A. */
export const A_FORMS: readonly Form[] = [
  form('full', full, 1e-5, f32, true),
  form('full, ridge 1e-4', full, 1e-4),
  form('full, ridge 1e-3', full, 1e-3),
  form('full, ridge 1e-2', full, 1e-2),
  form('full in BF16, ridge 1e-2', full, 1e-2, bf16, true),
  form('shrink 0.9', { ...full, shrink: 0.9 }, 1e-5),
  form('shrink 0.5', { ...full, shrink: 0.5 }, 1e-5),
  form('shrink 0.1', { ...full, shrink: 0.1 }, 1e-5),
  form('diagonal', { form: 'diagonal' }, 1e-6, f32, true),
  ...[8, 16, 32, 64].map((k) => topK(k)),
  topK(32, bf16),
  form('full, factors in F16', full, 1e-5, { factors: 'F16', grams: 'F32' }),
  form('full, factors in BF16', full, 1e-5, { factors: 'BF16', grams: 'F32' }),
  form('top-32 and factors in BF16', { form: 'top-k', k: 32 }, 1e-6, { factors: 'BF16', grams: 'BF16' }, true), // prettier-ignore
]

/** Forms for a step that trains B. */
export const B_FORMS: readonly Form[] = [
  form('projected', { form: 'projected' }, 1e-6, f32, true),
  form('projected, ridge 1e-2', { form: 'projected' }, 1e-2),
  form('projected in BF16, ridge 1e-2', { form: 'projected' }, 1e-2, bf16, true),
  form('projected in BF16, ridge 4e-3', { form: 'projected' }, 4e-3, bf16),
  form('S of the diagonal', { form: 'diagonal' }, 1e-6, f32, true),
  form('S of shrink 0.5', { ...full, shrink: 0.5 }, 1e-5),
  form('S of top-16', { form: 'top-k', k: 16 }, 1e-6),
  form('projected, factors in F16', { form: 'projected' }, 1e-6, { factors: 'F16', grams: 'F32' }),
  form('projected, factors in BF16', { form: 'projected' }, 1e-6, { factors: 'BF16', grams: 'F32' }),
]
