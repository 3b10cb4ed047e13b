import type { Random } from '../../../src/training/synthetic/random.ts'

/** One wave of a texture: direction, waves per picture, bend, and the curve of its profile. */
interface Wave {
  readonly angle: number
  readonly frequency: number
  readonly bend: number
  readonly bendFrequency: number
  readonly profile: 'sine' | 'ridge' | 'saw' | 'step'
}

/** A class of textures: two to four bent waves, joined by a rule, or cells around jittered points. */
export type TextureClass =
  | { readonly kind: 'waves'; readonly waves: readonly Wave[]; readonly join: 'add' | 'times' | 'max' }
  | { readonly kind: 'cells'; readonly frequency: number; readonly jitter: number; readonly edge: boolean }

export function textureClass(random: Random): TextureClass {
  if (random.chance(0.25)) {
    return {
      kind: 'cells',
      frequency: random.between(3, 14),
      jitter: random.between(0.2, 1),
      edge: random.chance(0.5),
    }
  }
  const profiles = ['sine', 'ridge', 'saw', 'step'] as const
  const waves = Array.from({ length: 2 + random.below(3) }, () => ({
    angle: random.between(0, Math.PI),
    frequency: 1.5 * 2 ** random.between(0, 3.4),
    bend: random.between(0, 0.25),
    bendFrequency: random.between(0.7, 4),
    profile: profiles[random.below(4)]!,
  }))
  return { kind: 'waves', waves, join: (['add', 'times', 'max'] as const)[random.below(3)]! }
}

function profileAt(profile: Wave['profile'], turns: number): number {
  const fraction = turns - Math.floor(turns)
  switch (profile) {
    case 'sine':
      return 0.5 + 0.5 * Math.sin(2 * Math.PI * fraction)
    case 'ridge':
      return Math.abs(2 * fraction - 1)
    case 'saw':
      return fraction
    case 'step':
      return Math.min(1, Math.max(0, 4 * Math.abs(2 * fraction - 1) - 1.5))
  }
}

type Sampler = (u: number, v: number) => number

function waveSampler(waves: readonly Wave[], join: 'add' | 'times' | 'max', random: Random): Sampler {
  const bent = waves.map((wave) => ({
    ...wave,
    cos: Math.cos(wave.angle + random.normal() * 0.06),
    sin: Math.sin(wave.angle + random.normal() * 0.06),
    phase: random.between(0, 10),
    bendPhase: random.between(0, 10),
  }))
  return (u, v) => {
    let value = join === 'times' ? 1 : 0
    for (const wave of bent) {
      const along = u * wave.cos + v * wave.sin
      const across = v * wave.cos - u * wave.sin
      const bend = wave.bend * Math.sin(wave.bendFrequency * 2 * Math.PI * across + wave.bendPhase)
      const level = profileAt(wave.profile, wave.frequency * along + bend * 2 + wave.phase)
      if (join === 'add') value += level / bent.length
      else if (join === 'times') value *= 0.35 + 0.65 * level
      else value = Math.max(value, level)
    }
    return value
  }
}

/** Distance to the nearest point, or between the two nearest, of a jittered grid that repeats every 16 cells. */
function cellSampler(frequency: number, jitter: number, edge: boolean, random: Random): Sampler {
  const offsets = Float32Array.from({ length: 512 }, () => (random.next() - 0.5) * jitter)
  return (u, v) => {
    const [x, y] = [u * frequency + 40, v * frequency + 40]
    const [cx, cy] = [Math.floor(x), Math.floor(y)]
    let [first, second] = [Infinity, Infinity]
    for (let j = cy - 1; j <= cy + 1; j++) {
      for (let i = cx - 1; i <= cx + 1; i++) {
        const at = 2 * ((j & 15) * 16 + (i & 15))
        const distance = (i + 0.5 + offsets[at]! - x) ** 2 + (j + 0.5 + offsets[at + 1]! - y) ** 2
        if (distance < first) [first, second] = [distance, first]
        else if (distance < second) second = distance
      }
    }
    return Math.min(1, edge ? 2 * (Math.sqrt(second) - Math.sqrt(first)) : Math.sqrt(first))
  }
}

/** A member of the class, values in [0, 1]: turned, scaled and shifted at will. */
export function drawTexture(texture: TextureClass, size: number, random: Random): Float32Array {
  const sample =
    texture.kind === 'waves'
      ? waveSampler(texture.waves, texture.join, random)
      : cellSampler(texture.frequency, texture.jitter, texture.edge, random)
  const angle = random.between(0, 2 * Math.PI)
  const scale = random.between(0.75, 1.33) / size
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale]
  const out = new Float32Array(size * size)
  for (let row = 0, index = 0; row < size; row++) {
    for (let col = 0; col < size; col++, index++) {
      const [x, y] = [col - size / 2, row - size / 2]
      out[index] = sample(x * cos - y * sin, x * sin + y * cos)
    }
  }
  return out
}
