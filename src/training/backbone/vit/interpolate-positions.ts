import type { Tensor } from '../../../merge/index.ts'
import { ShapeMismatchError } from '../../../errors.ts'

/** Coefficient of the cubic convolution kernel that torch's bicubic `interpolate` uses. */
const A = -0.75

/**
 * Position embeddings for another grid of patches: those of the leading tokens stay, the grid's are resized bicubically.
 *
 *   out[y, x] = Σᵢ Σⱼ w(i) w(j) grid[clamp(⌊v⌋ − 1 + i), clamp(⌊u⌋ − 1 + j)]    v = (y + ½) · from/to − ½, u likewise
 *
 * Shapes: positions (1, lead + from², hidden) → (1, lead + to², hidden); grids are square, row-major.
 * Precision: float64 sums, rounded once to float32; no antialiasing, borders repeat.
 *
 * @throws ShapeMismatchError - positions are not of a square grid
 * @see torch.nn.functional.interpolate(mode='bicubic', align_corners=False), as in ViTEmbeddings of transformers
 */
export function interpolatePositions(positions: Tensor, to: number, lead = 1): Tensor {
  const [, tokens = 0, hidden = 0] = positions.shape
  const from = Math.round(Math.sqrt(tokens - lead))
  if (positions.shape.length !== 3 || from * from !== tokens - lead) {
    throw new ShapeMismatchError('position embeddings', [1, lead + from * from, hidden], positions.shape)
  }
  if (from === to) return positions

  const data = new Float32Array((lead + to * to) * hidden)
  data.set(positions.data.subarray(0, lead * hidden))
  const grid = positions.data.subarray(lead * hidden)
  const taps = Array.from({ length: to }, (_, i) => tapsAt(i, from, to))
  for (let y = 0; y < to; y++) {
    for (let x = 0; x < to; x++) {
      const at = (lead + y * to + x) * hidden
      const out = data.subarray(at, at + hidden)
      blend(grid, from, hidden, taps[y]!, taps[x]!, out)
    }
  }
  return { shape: [1, lead + to * to, hidden], data }
}

interface Taps {
  readonly index: readonly number[]
  readonly weight: readonly number[]
}

function tapsAt(i: number, from: number, to: number): Taps {
  const position = (i + 0.5) * (from / to) - 0.5
  const floor = Math.floor(position)
  const t = position - floor
  return {
    index: [-1, 0, 1, 2].map((offset) => Math.min(Math.max(floor + offset, 0), from - 1)),
    weight: [outer(t + 1), inner(t), inner(1 - t), outer(2 - t)],
  }
}

/** Cubic convolution for a distance up to 1. */
function inner(d: number): number {
  return ((A + 2) * d - (A + 3)) * d * d + 1
}

/** Cubic convolution for a distance from 1 to 2. */
function outer(d: number): number {
  return ((A * d - 5 * A) * d + 8 * A) * d - 4 * A
}

function blend(
  grid: Float32Array,
  side: number,
  hidden: number,
  rows: Taps,
  cols: Taps,
  out: Float32Array,
): void {
  for (let k = 0; k < hidden; k++) {
    let sum = 0
    for (let i = 0; i < 4; i++) {
      let row = 0
      for (let j = 0; j < 4; j++) {
        row += cols.weight[j]! * grid[(rows.index[i]! * side + cols.index[j]!) * hidden + k]!
      }
      sum += rows.weight[i]! * row
    }
    out[k] = sum
  }
}
