import { openCertificate } from './certificate.ts'
import { foundingRound, roundAfter } from './cut.ts'
import type { DecidedRound, RoundFounding, RoundStart } from './types.ts'

/** What certificates from round 0 on prove to somebody who knows no more than the founding. */
export interface VerifiedRounds {
  readonly decided: readonly DecidedRound[]
  /** Where the round after the last one begins. */
  readonly next: RoundStart
}

/**
 * Walks the chain from the founding members: each cut names who votes on the next. Needs no network and no home.
 *
 * @param certificates - of rounds 0, 1, 2, …, none left out
 * @throws RefusedError `malformed`, `too-large`, `wrong-consortium`, `wrong-round`, `bad-signature`, `no-quorum`
 */
export async function verifyCertificates(
  founding: RoundFounding,
  certificates: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<VerifiedRounds> {
  const decided: DecidedRound[] = []
  let next = foundingRound(founding)
  for await (const bytes of certificates) {
    const { cut, digest } = await openCertificate(bytes, founding.consortium, next)
    decided.push({ cut, digest })
    next = roundAfter(cut, digest)
  }
  return { decided, next }
}
