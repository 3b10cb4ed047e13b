import { MalformedError, PeermergeError } from '../../errors.ts'

/** Why a contribution is not admitted; stable codes that peers and logs may compare. */
export interface Rejection {
  readonly ok: false
  readonly reason: string
  readonly message: string
}

export type HeaderValidation = { readonly ok: true } | Rejection

/** Inside the validators, one check fails by throwing this; `judge` turns it into a rejection. */
export function reject(reason: string, message: string): never {
  throw new MalformedError('contribution', message, { reason })
}

/**
 * Runs checks that throw. Whatever hostile bytes provoke becomes a rejection; a failure that is no PeermergeError, such
 * as a disk that cannot be read, is not the peer's fault and is thrown on.
 */
export function judge<T extends { readonly ok: true }>(checks: () => T): T | Rejection {
  try {
    return checks()
  } catch (error) {
    if (!(error instanceof PeermergeError)) throw error
    const { reason } = error.detail
    return { ok: false, reason: typeof reason === 'string' ? reason : 'malformed', message: error.message }
  }
}
