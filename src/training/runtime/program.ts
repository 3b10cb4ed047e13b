import { PeermergeError } from '../../errors.ts'
import { assertDtype, sizeOf } from '../graph/shape.ts'
import { computedInputs, topologicalOrder } from '../graph/topological-order.ts'
import type { Value } from '../graph/value.ts'
import { isOp } from '../graph/value.ts'
import type { Feeds } from './runtime.ts'

/** What a runtime executes: each Value once, after what it needs. */
export interface Program {
  readonly outputs: readonly (readonly [name: string, value: Value])[]
  readonly order: readonly Value[]
  readonly inputs: ReadonlyMap<string, Value<'input'>>
}

/**
 * The Values that the outputs need, in the order of execution.
 *
 * @throws PeermergeError ERR_DTYPE - an output is not f32; ERR_INPUT_NAME - two different inputs share a name
 */
export function programOf(outputs: Readonly<Record<string, Value>>): Program {
  const named = Object.entries(outputs)
  for (const [name, value] of named) assertDtype(`output ${name}`, 'f32', value)
  const order = topologicalOrder(
    named.map(([, value]) => value),
    computedInputs,
  )
  const inputs = new Map<string, Value<'input'>>()
  for (const value of order) {
    if (!isOp(value, 'input')) continue
    const { name } = value.attributes
    if (inputs.has(name)) {
      throw new PeermergeError('ERR_INPUT_NAME', `two inputs are called ${name}; use one Value for both`, {
        name,
      })
    }
    inputs.set(name, value)
  }
  return { outputs: named, order, inputs }
}

/** A run was fed something that its graph does not take. */
export class FeedError extends PeermergeError {
  override readonly name = 'FeedError'

  constructor(input: string, expected: string, actual: string) {
    super('ERR_FEED', `input ${input}: expected ${expected}, got ${actual}`, { input, expected, actual })
  }
}

/** A run of an executable whose memory has been freed. */
export class DisposedError extends PeermergeError {
  override readonly name = 'DisposedError'

  constructor(runtime: string) {
    super('ERR_DISPOSED', `this executable of the runtime ${runtime} is disposed; compile the graph again`, {
      runtime,
    })
  }
}

/** @throws FeedError - an input is missing, unknown, of another type or size */
export function checkFeeds(program: Program, feeds: Feeds): void {
  for (const name of Object.keys(feeds)) {
    if (!program.inputs.has(name)) {
      throw new FeedError(name, `one of ${[...program.inputs.keys()].join(', ')}`, 'an unknown name')
    }
  }
  for (const [name, value] of program.inputs) {
    const expected = `${value.dtype} × ${sizeOf(value.shape)}`
    const feed = feeds[name]
    if (feed === undefined) throw new FeedError(name, expected, 'nothing')
    const actual = `${feed instanceof Float32Array ? 'f32' : 'i32'} × ${feed.length}`
    if (actual !== expected) throw new FeedError(name, expected, actual)
  }
}
