import {
  hasClassifierGram,
  type AdapterSpec,
  type ClassifierRule,
  type GramSpec,
  type MergeRule,
  type TargetModule,
  type WireSpec,
} from '../merge/index.ts'

/** Eigenpairs of `top-k` where none are said: what they keep is measured in docs/results/statistics.md. */
export const DEFAULT_TOP_K = 64

/** Largest entry where factors travel in F16, which ends at 65504. */
const MAX_ABS_FLOAT16 = 65_000

/**
 * The form of Grams that a charter has to name: A's merge needs those of whole layer inputs. Undefined where the rule's own form does.
 * On narrow layers half of their eigenpairs.
 */
export function defaultGrams(
  adapter: AdapterSpec,
  rule: MergeRule,
  modules: readonly TargetModule[],
): GramSpec | undefined {
  const weighsInputs = adapter.kind === 'lora' && adapter.trains === 'A' && rule !== 'mean'
  const narrowest = Math.min(...modules.map(({ in: width }) => width))
  return weighsInputs ? { form: 'top-k', k: Math.max(1, Math.min(DEFAULT_TOP_K, narrowest >> 1)) } : undefined
}

/** Eigenpairs lose nothing in BF16 and are most of what is sent; everything else travels in F32. Said only where it differs from that. */
export function defaultWire(grams: GramSpec | undefined, own: Partial<WireSpec> = {}): WireSpec | undefined {
  const factors = own.factors ?? 'F32'
  const type = own.grams ?? (grams?.form === 'top-k' ? 'BF16' : 'F32')
  return factors === 'F32' && type === 'F32' ? undefined : { factors, grams: type }
}

/**
 * ρ by what rounding does to the smallest eigenvalue on the way: 2⁻²⁴ to float32 numbers, batches' products in float32 to whole
 * Grams, 2⁻⁸ to packed Grams in bfloat16. Diagonals and eigenpairs stay positive semi-definite.
 */
export function defaultRidge(
  grams: GramSpec | undefined,
  wire: WireSpec | undefined,
  classifier: ClassifierRule,
): number {
  const least = hasClassifierGram({ classifier }) ? WHOLE_GRAM : 1e-6
  const form = grams?.form ?? 'projected'
  if (form === 'diagonal' || form === 'top-k') return least
  if (wire?.grams === 'BF16') return 1e-2
  return form === 'full' ? WHOLE_GRAM : least
}

/** ρ for Grams of whole inputs, of a module or of the classifier. */
const WHOLE_GRAM = 1e-4

/** The limit on entries, or the largest that the charter's number type can say. */
export function reachable(maxAbs: number, wire: WireSpec | undefined): number {
  return wire?.factors === 'F16' ? Math.min(maxAbs, MAX_ABS_FLOAT16) : maxAbs
}
