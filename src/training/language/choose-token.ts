import { PeermergeError } from '../../errors.ts'
import type { Random } from '../../merge/index.ts'

export interface SamplingOptions {
  /** 0 takes the likeliest token; 1 draws by the model's own shares; more evens them out. @default 0 */
  readonly temperature?: number
  /** Draw only from so many of the likeliest tokens. @default all */
  readonly topK?: number
}

/** @throws PeermergeError ERR_SAMPLING - an option is out of its range */
export function checkSampling({ temperature = 0, topK }: SamplingOptions): void {
  if (!Number.isFinite(temperature) || temperature < 0)
    refuse('temperature', temperature, 'a number of at least 0')
  if (topK !== undefined && (!Number.isInteger(topK) || topK < 1))
    refuse('topK', topK, 'a whole number of at least 1')
}

/**
 * The next token by its logits: the first of the largest at temperature 0, else drawn with share e^(logit / temperature) / Σ.
 *
 * Precision: shares in float64, the largest logit subtracted first; the same logits and generator give the same token.
 */
export function chooseToken(
  logits: Float32Array,
  random: Random,
  { temperature = 0, topK }: SamplingOptions,
): number {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity)
  if (temperature === 0) return logits.indexOf(largest)
  const least = topK === undefined || topK >= logits.length ? -Infinity : kthLargest(logits, topK)
  const shares = Array.from(logits, (logit) =>
    logit < least ? 0 : Math.exp((logit - largest) / temperature),
  )
  let left = random.uniform() * shares.reduce((sum, share) => sum + share, 0)
  for (const [token, share] of shares.entries()) {
    left -= share
    if (left < 0) return token
  }
  return shares.findLastIndex((share) => share > 0) // rounding has left a rest
}

function kthLargest(logits: Float32Array, k: number): number {
  return logits.slice().sort()[logits.length - k]!
}

function refuse(option: string, value: number, expected: string): never {
  throw new PeermergeError('ERR_SAMPLING', `sampling option ${option}: expected ${expected}, got ${value}`, {
    option,
    value,
  })
}
