import { z } from 'zod'
import { PeermergeError } from '../../../errors.ts'
import type { Random } from '../../../merge/index.ts'
import type { RecordChange } from '../samples.ts'
import type { Augmentation } from '../../types.ts'

const share = z.number().min(0).max(1)

/** The range of every option. */
const schema = z.strictObject({
  flip: z.boolean().optional(),
  crop: z.number().gt(0).max(1).optional(),
  shift: z.number().min(0).max(0.5).optional(),
  brightness: share.optional(),
  contrast: share.optional(),
})

type Change = (from: Uint8Array, to: Uint8Array) => void

/**
 * Random changes of square images of 8-bit RGB, in this order: cut out, move, mirror, brightness, contrast. The same seed and images
 * give the same bytes. Undefined where no change is asked for.
 *
 * @throws PeermergeError ERR_TRAIN_OPTIONS - an option is out of its range
 */
export function imageAugmentation(
  side: number,
  options: Augmentation,
  random: Random,
): RecordChange | undefined {
  const { flip = false, crop = 1, shift = 0, brightness = 0, contrast = 0 } = checked(options)
  const changes: Change[] = []
  if (crop < 1) changes.push(cropper(side, crop, random))
  if (shift > 0) changes.push(shifter(side, shift, random))
  if (flip) changes.push(mirror(side, random))
  if (brightness > 0 || contrast > 0) changes.push(jitter(brightness, contrast, random))
  if (changes.length === 0) return undefined

  const buffers = [new Uint8Array(side * side * 3), new Uint8Array(side * side * 3)]
  return (image) =>
    changes.reduce((from, change, i) => {
      const to = buffers[i % 2]!
      change(from, to)
      return to
    }, image)
}

function checked(options: Augmentation): z.infer<typeof schema> {
  const result = schema.safeParse(options)
  if (result.success) return result.data
  throw new PeermergeError('ERR_TRAIN_OPTIONS', `augmentation: ${z.prettifyError(result.error)}`, { options })
}

function mirror(side: number, random: Random): Change {
  return (from, to) => {
    const isMirrored = random.uniform() < 0.5
    if (!isMirrored) {
      to.set(from)
      return
    }
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const source = (y * side + side - 1 - x) * 3
        const target = (y * side + x) * 3
        to[target] = from[source]!
        to[target + 1] = from[source + 1]!
        to[target + 2] = from[source + 2]!
      }
    }
  }
}

/** Moves by whole pixels. */
function shifter(side: number, share: number, random: Random): Change {
  const most = Math.floor(share * side)
  return (from, to) => {
    const dx = random.below(2 * most + 1) - most
    const dy = random.below(2 * most + 1) - most
    to.fill(0)
    for (let y = Math.max(dy, 0); y < Math.min(side + dy, side); y++) {
      const row = (y - dy) * side
      const [begin, end] = [Math.max(-dx, 0), Math.min(side - dx, side)]
      to.set(from.subarray((row + begin) * 3, (row + end) * 3), (y * side + begin + dx) * 3)
    }
  }
}

const LEAST_ASPECT = 3 / 4

/** A rectangle of random area, aspect and place, stretched bilinearly. */
function cropper(side: number, leastArea: number, random: Random): Change {
  return (from, to) => {
    const area = leastArea + (1 - leastArea) * random.uniform()
    const aspect = LEAST_ASPECT + (1 / LEAST_ASPECT - LEAST_ASPECT) * random.uniform()
    const width = Math.min(Math.sqrt(area * aspect), 1) * side
    const height = Math.min(Math.sqrt(area / aspect), 1) * side
    const left = (side - width) * random.uniform()
    const top = (side - height) * random.uniform()
    stretch(from, to, side, { left, top, width, height })
  }
}

interface Rectangle {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Bilinear, with pixel centres at halves: output x reads input left + (x + ½) · width / side − ½. */
function stretch(from: Uint8Array, to: Uint8Array, side: number, box: Rectangle): void {
  const columns = samplePoints(side, box.left, box.width)
  const rows = samplePoints(side, box.top, box.height)
  let out = 0
  for (let y = 0; y < side; y++) {
    const upper = rows.first[y]! * side
    const lower = rows.second[y]! * side
    const down = rows.part[y]!
    for (let x = 0; x < side; x++) {
      const [left, right, across] = [columns.first[x]!, columns.second[x]!, columns.part[x]!]
      for (let channel = 0; channel < 3; channel++) {
        const a = from[(upper + left) * 3 + channel]!
        const b = from[(upper + right) * 3 + channel]!
        const c = from[(lower + left) * 3 + channel]!
        const d = from[(lower + right) * 3 + channel]!
        const top = a + (b - a) * across
        const bottom = c + (d - c) * across
        to[out++] = top + (bottom - top) * down + 0.5 // cut off to a whole number by the array
      }
    }
  }
}

/** Along one axis: output i lies between two inputs, `part` of the way from the first to the second. */
interface SamplePoints {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly part: Float64Array
}

function samplePoints(side: number, start: number, length: number): SamplePoints {
  const at = Float64Array.from({ length: side }, (_, i) =>
    Math.min(Math.max(start + ((i + 0.5) * length) / side - 0.5, 0), side - 1),
  )
  const first = Int32Array.from(at, Math.floor)
  return {
    first,
    second: first.map((index) => Math.min(index + 1, side - 1)),
    part: at.map((place, i) => place - first[i]!),
  }
}

/** level → clamp((level · b − m) · c + m) with b, c around 1 and m the mean level after brightness. */
function jitter(brightness: number, contrast: number, random: Random): Change {
  const factor = (spread: number): number => 1 + spread * (2 * random.uniform() - 1)
  return (from, to) => {
    const b = factor(brightness)
    const c = factor(contrast)
    const bright = Float64Array.from({ length: 256 }, (_, level) => Math.min(level * b, 255))
    let sum = 0
    for (let i = 0; i < from.length; i++) sum += bright[from[i]!]!
    const mean = sum / from.length
    const table = Uint8ClampedArray.from(bright, (level) => (level - mean) * c + mean)
    for (let i = 0; i < from.length; i++) to[i] = table[from[i]!]!
  }
}
