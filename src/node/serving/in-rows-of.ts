import type { Classifier } from '../../merge/index.ts'
import { amongClasses } from '../among-classes.ts'

/** A classifier of some classes in the rows of others, by label; a class that it does not know cannot be its answer. */
export function inRowsOf(
  { weight, bias }: Classifier,
  classes: readonly string[],
  wanted: readonly string[],
): Classifier {
  if (classes.length === wanted.length && classes.every((label, row) => label === wanted[row])) return { weight, bias } // prettier-ignore
  const width = weight.shape[1]!
  const rows = new Map(classes.map((label, row) => [label, row]))
  const data = new Float32Array(wanted.length * width)
  const biases = new Float32Array(wanted.length)
  const known: number[] = []
  for (const [to, label] of wanted.entries()) {
    const row = rows.get(label)
    if (row === undefined) continue
    known.push(to)
    data.set(weight.data.subarray(row * width, (row + 1) * width), to * width)
    biases[to] = bias.data[row]!
  }
  const spread = {
    weight: { shape: [wanted.length, width], data },
    bias: { shape: [wanted.length], data: biases },
  }
  return amongClasses(spread, known)
}
