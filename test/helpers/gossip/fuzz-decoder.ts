import assert from 'node:assert/strict'
import { RefusedError } from '../../../src/gossip/index.ts'
import { createRandom } from '../../../src/merge/index.ts'
import { type Decoder, hostileBytes } from './decoders.ts'

/** Longest that one message may take, on a machine with much else to do. */
const MOST_MS = 2_000

/** Reads so many hostile messages: each is read, or refused by name, in time; nothing else is thrown. */
export async function fuzzDecoder(
  { name, read, good }: Decoder,
  cases: number,
  seed: string,
): Promise<Set<string>> {
  const outcomes = new Set<string>()
  for (let at = 0; at < cases; at++) {
    const random = createRandom(`${seed} ${name} ${at}`)
    const bytes = hostileBytes(random, good)
    const start = performance.now()
    try {
      await read(bytes)
      outcomes.add('accept')
    } catch (error) {
      const where = `${name}, seed ${seed}, case ${at}, ${Buffer.from(bytes).toString('hex').slice(0, 200)}`
      assert.ok(error instanceof RefusedError, `${where}: ${String(error)}`)
      outcomes.add(error.reason)
    }
    assert.ok(performance.now() - start < MOST_MS, `${name}, seed ${seed}, case ${at} took too long`)
  }
  return outcomes
}
