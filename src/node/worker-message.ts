import { PeermergeError } from '../errors.ts'
import { CorruptChunkError } from './errors.ts'

/** An error as it travels between threads. */
export interface ErrorMessage {
  readonly code: string
  readonly message: string
  readonly detail: Readonly<Record<string, unknown>>
}

export type Reply<T> =
  { readonly job: number; readonly result: T } | { readonly job: number; readonly error: ErrorMessage }

/** What a worker sends for an error. */
export function errorMessage(error: unknown): ErrorMessage {
  if (error instanceof CorruptChunkError) {
    return {
      code: error.code,
      message: error.message,
      detail: { digest: error.digest, problem: error.problem },
    }
  }
  if (error instanceof PeermergeError) {
    return { code: error.code, message: error.message, detail: error.detail }
  }
  return {
    code: 'ERR_INTERNAL',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    detail: {},
  }
}

/** The error that a worker sent. */
export function restoreError({ code, message, detail }: ErrorMessage): Error {
  if (code === 'ERR_CHUNK_CORRUPT' && typeof detail.digest === 'string') {
    return new CorruptChunkError(detail.digest, String(detail.problem))
  }
  return new PeermergeError(code, message, { ...detail })
}
