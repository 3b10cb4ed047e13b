/** A stream of numbers that is a function of its seed alone; handed to whatever needs chance. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** Uniform integer in [0, bound). */
  below(bound: number): number
  /** Standard normal. */
  normal(): number
  /** True with the probability given. */
  chance(probability: number): boolean
}

/** FNV-1a over UTF-16 units: spreads a text over the four words of the generator's state. */
function hashText(text: string, basis: number): number {
  let hash = basis
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** sfc32 (Doty-Humphrey, PractRand): 128 bits of state, the same numbers on every engine. */
function sfc32(seed: string): () => number {
  let [a, b, c] = [hashText(seed, 0x811c9dc5), hashText(seed, 0x9e3779b9), hashText(seed, 0x7f4a7c15)]
  let counter = 1
  const step = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let i = 0; i < 15; i++) step()
  return step
}

/** The stream of a seed; streams of different texts are independent for all that images need. */
export function seededRandom(seed: string): Random {
  const next = sfc32(seed)
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    below: (bound) => Math.floor(next() * bound),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    chance: (probability) => next() < probability,
  }
}

/** Fisher–Yates, in place. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const swapped = items[i]!
    items[i] = items[j]!
    items[j] = swapped
  }
  return items
}
