import { PeermergeError } from '../errors.ts'

/** Why something from the network was refused. Rules of the charter add their own (a judge's `Verdict`). */
export type RefusalReason =
  | 'malformed'
  | 'too-large'
  | 'bad-signature'
  | 'not-a-member'
  | 'wrong-consortium'
  | 'wrong-content'
  | 'bad-ranges'
  | 'wrong-round'
  | 'no-quorum'

/** Bytes of a peer that break a format, a limit or a signature. Asking for them again gives nothing better. */
export class RefusedError extends PeermergeError {
  override readonly name = 'RefusedError'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, operand: string, problem: string, options?: ErrorOptions) {
    super('ERR_REFUSED', `${operand}: ${problem}`, { operand, reason }, options)
    this.reason = reason
  }
}

/** A wait on the network came to its end; trying again, or another peer, may help. */
export class NetworkTimeoutError extends PeermergeError {
  override readonly name = 'NetworkTimeoutError'

  constructor(operand: string, timeoutMs: number) {
    super('ERR_NETWORK_TIMEOUT', `${operand}: nothing for ${timeoutMs} ms`, { operand, timeoutMs })
  }
}

/** A stream ended or was reset before the exchange on it was complete. */
export class BrokenStreamError extends PeermergeError {
  override readonly name = 'BrokenStreamError'

  constructor(operand: string, options?: ErrorOptions) {
    super('ERR_BROKEN_STREAM', `${operand}: the stream ended early`, { operand }, options)
  }
}

/** The node's own store refused to keep something; the disk may be full. Nothing is lost: peers still hold it. */
export class StoreFailedError extends PeermergeError {
  override readonly name = 'StoreFailedError'

  constructor(operand: string, options?: ErrorOptions) {
    super(
      'ERR_STORE_FAILED',
      `${operand}: could not be stored; check free space and permissions`,
      { operand },
      options,
    )
  }
}

/** libp2p rejects some waits with an event instead of an error. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  if (typeof thrown === 'object' && thrown !== null) {
    const { error, type } = thrown as { error?: unknown; type?: unknown }
    if (error instanceof Error) return error
    if (typeof type === 'string') return new Error(`stream ${type}`)
  }
  return new Error(String(thrown))
}
