import { PeermergeError } from '../../errors.ts'

/** A request that is not answered, and the status that says so. */
export class RequestError extends PeermergeError {
  override readonly name = 'RequestError'
  readonly status: number

  constructor(status: number, code: string, message: string, detail: Record<string, unknown> = {}) {
    super(code, message, detail)
    this.status = status
  }
}
