import type { Classifier } from '../merge/index.ts'

const NEVER = -1e9

/** The classifier in which no class but these can win. */
export function amongClasses({ weight, bias }: Classifier, classes: readonly number[]): Classifier {
  const data = new Float32Array(bias.data.length).fill(NEVER)
  for (const c of classes) data[c] = bias.data[c]!
  return { weight, bias: { ...bias, data } }
}
