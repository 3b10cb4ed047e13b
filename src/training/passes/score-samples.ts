import { CLASSIFIER_BIAS, CLASSIFIER_WEIGHT } from '../model/model-graph.ts'
import { featurePass } from './feature-pass.ts'
import { logit } from './predict.ts'
import type { SamplePass } from './sample-pass.ts'

/**
 * Mean cross entropy and accuracy of a model's values over samples; only the named classes compete, or all.
 *
 *   loss = mean of ln Σ_c exp(z_c) − z_y      z = W x + b
 *
 * Precision: features in float32, everything behind them in float64.
 */
export async function scoreSamples(
  pass: SamplePass,
  classes?: readonly number[],
): Promise<{ loss: number; accuracy: number }> {
  const weight = pass.values.get(CLASSIFIER_WEIGHT)!
  const bias = pass.values.get(CLASSIFIER_BIAS)!
  const rows = classes ?? [...bias.keys()]
  let loss = 0
  let correct = 0
  let count = 0
  for await (const features of featurePass(pass, true)) {
    for (const { label, x } of features) {
      const logits = rows.map((row) => logit(weight, bias, row, x))
      const highest = Math.max(...logits)
      const own = logits[rows.indexOf(label)]!
      loss += highest + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - highest), 0)) - own
      if (rows[logits.indexOf(highest)] === label) correct += 1
      count += 1
    }
  }
  return { loss: loss / count, accuracy: correct / count }
}
