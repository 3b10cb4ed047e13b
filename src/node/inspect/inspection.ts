import type { TensorFacts } from './tensor-facts.ts'

/** A digest that is written somewhere, and the one computed from the bytes; `stored` is null where none is written. */
export interface DigestFacts {
  readonly what: string
  readonly stored: string | null
  readonly computed: string
}

/** What a file is and what it says of itself. */
export interface Inspection {
  readonly file: string
  /** For people: contribution file, envelope, merge, state, PEFT adapter, payload, safetensors file, charter, merge claim. */
  readonly kind: string
  readonly bytes: number
  /** In the order in which they are shown. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Whether the signature holds, where there is one. */
  readonly signature: 'valid' | 'invalid' | null
  readonly digests: readonly DigestFacts[]
  readonly tensors: readonly TensorFacts[]
  /** Of a contribution, under the charter that was given. */
  readonly verdict: { readonly kind: 'accept' } | { readonly kind: 'reject'; readonly reason: string; readonly message: string } | null // prettier-ignore
  /** What is wrong inside although the file could be read. */
  readonly problems: readonly string[]
}

/** Nothing is wrong as far as can be told: signature, digests, tensors, verdict. */
export function isSound({ signature, digests, verdict, problems, tensors }: Inspection): boolean {
  return (
    signature !== 'invalid' &&
    digests.every(({ stored, computed }) => stored === null || stored === computed) &&
    tensors.every(({ nonFinite }) => !(nonFinite !== null && nonFinite > 0)) &&
    verdict?.kind !== 'reject' &&
    problems.length === 0
  )
}

/** An inspection of which only these parts are known. */
export function inspection(
  parts: Pick<Inspection, 'file' | 'kind' | 'bytes'> & Partial<Inspection>,
): Inspection {
  return { fields: {}, signature: null, digests: [], tensors: [], verdict: null, problems: [], ...parts }
}
