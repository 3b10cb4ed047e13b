import { MalformedError } from '../../errors.ts'
import { openLine, type SealedEntry } from './audit-entry.ts'
import { AUDIT_FACTS, factsOf, isAuditKind, type FactsOf } from './audit-kinds.ts'

/** Why a line of a log does not follow the one before. */
export type FlawReason =
  'malformed' | 'too-large' | 'no-beginning' | 'wrong-sequence' | 'broken-link' | 'bad-signature'

/** The first line of a log that does not hold. Nothing behind it is looked at. */
export interface ChainFlaw {
  /** From 1. */
  readonly line: number
  readonly reason: FlawReason
  readonly message: string
}

/** Follows a log line by line: each entry must have the next number and name the digest of the one before. */
export class AuditChain {
  #begun: FactsOf<'log-begun'> | undefined
  #newest: SealedEntry | undefined
  #entries = 0

  /** Entries that hold. */
  get entries(): number {
    return this.#entries
  }

  /** Digest of the newest entry that holds; null before the first. */
  get head(): string | null {
    return this.#newest?.digest ?? null
  }

  /** What the first entry says of the log; undefined before it. */
  get begun(): FactsOf<'log-begun'> | undefined {
    return this.#begun
  }

  get newest(): SealedEntry | undefined {
    return this.#newest
  }

  /** The next line, without its end: its entry, or what is the matter with it. Signatures are for the caller. */
  next(line: string): SealedEntry | ChainFlaw {
    let sealed
    try {
      sealed = openLine(line)
    } catch (error) {
      if (error instanceof MalformedError) return this.flaw('malformed', error.message)
      throw error
    }
    const flaw = this.#objection(sealed)
    if (flaw !== undefined) return flaw
    this.#begun ??= factsOf(sealed.entry, 'log-begun')
    this.#newest = sealed
    this.#entries++
    return sealed
  }

  /** Of the line after those that hold. */
  flaw(reason: FlawReason, problem: string): ChainFlaw {
    const line = this.#entries + 1
    return { line, reason, message: `entry ${line}: ${problem} (${reason})` }
  }

  #objection({ entry }: SealedEntry): ChainFlaw | undefined {
    const { sequence, previous, kind, facts } = entry
    const expected = this.#entries + 1
    if (sequence !== expected) {
      const problem = `its number is ${sequence}; entries are missing, doubled or in another order`
      return this.flaw('wrong-sequence', problem)
    }
    if (previous !== this.head) {
      const problem = `it follows ${short(previous)}, and the entry before is ${short(this.head)}; one of the two has been changed`
      return this.flaw('broken-link', problem)
    }
    if (this.#begun === undefined && kind !== 'log-begun') return this.flaw('no-beginning', `${kind}, expected log-begun`) // prettier-ignore
    if (isAuditKind(kind) && !AUDIT_FACTS[kind].safeParse(facts).success) return this.flaw('malformed', `not the facts of ${kind}`) // prettier-ignore
    return undefined
  }
}

export function isFlaw(step: SealedEntry | ChainFlaw): step is ChainFlaw {
  return 'reason' in step
}

function short(digest: string | null): string {
  return digest === null ? 'nothing' : digest.slice(0, 12)
}
