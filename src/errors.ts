/** A failure that a caller can act on: compare `code`, show `message`, log `detail`. */
export class PeermergeError extends Error {
  override readonly name: string = 'PeermergeError'
  readonly code: string
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, detail: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.detail = detail
  }
}

/** An operand does not have the shape that the others require. */
export class ShapeMismatchError extends PeermergeError {
  override readonly name = 'ShapeMismatchError'

  constructor(operand: string, expected: readonly number[], actual: readonly number[]) {
    super('ERR_SHAPE_MISMATCH', `${operand}: expected [${expected.join(', ')}], got [${actual.join(', ')}]`, {
      operand,
      expected,
      actual,
    })
  }
}

/** Bytes that can never become valid by fetching them again. */
export class MalformedError extends PeermergeError {
  override readonly name = 'MalformedError'

  constructor(
    operand: string,
    problem: string,
    detail: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super('ERR_MALFORMED', `${operand}: ${problem}`, { operand, ...detail }, options)
  }
}
