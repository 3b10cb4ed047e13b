// Sites with labelled features: anisotropic within classes, labels drawn by a Dirichlet distribution, sizes that differ 16-fold.
import { packSymmetric } from '../../src/merge/linear/packed-symmetric.ts'
import { createRandom, type Random } from '../../src/merge/linear/random.ts'
import type { ContributionView, Matrix, MergeSpec, RobustSpec, Tensor } from '../../src/merge/types.ts'

export const CLASSES = 10
export const FEATURES = 32
const LEAST_PER_CLASS = 4
const TEST_ROWS = 2000

export interface LabelledRows {
  readonly rows: readonly Float64Array[]
  readonly labels: readonly number[]
}

export interface ClassifierSites {
  readonly sites: readonly LabelledRows[]
  readonly test: LabelledRows
  readonly random: Random
}

/** @param concentration - of labels over the classes of a site: 0.1 few classes, 100 all alike */
export function classifierSites(sites: number, concentration: number, seed: string): ClassifierSites {
  const random = createRandom(`classifier ${seed}`)
  const means = Array.from({ length: CLASSES }, () => normals(random, FEATURES, (k) => 2 / 1.1 ** k))
  const draw = (label: number): Float64Array =>
    normals(random, FEATURES, (k) => 2.5 / 1.1 ** k).map((value, k) => value + means[label]![k]! + 1)
  const labelled = (labels: readonly number[]): LabelledRows => ({ labels, rows: labels.map(draw) })
  return {
    sites: Array.from({ length: sites }, () => labelled(siteLabels(random, concentration))),
    test: labelled(Array.from({ length: TEST_ROWS }, () => random.below(CLASSES))),
    random,
  }
}

/** 60 to 960 labels, of each class four or none. */
function siteLabels(random: Random, concentration: number): readonly number[] {
  const shares = Array.from({ length: CLASSES }, () => gamma(random, concentration))
  const total = shares.reduce((sum, share) => sum + share, 0)
  const size = 60 * 16 ** random.uniform()
  return shares.flatMap((share, label) => {
    const n = Math.round((size * share) / total)
    return new Array<number>(n < LEAST_PER_CLASS ? 0 : n).fill(label)
  })
}

/** Of shape `a` and scale 1, by Marsaglia and Tsang. */
function gamma(random: Random, a: number): number {
  if (a < 1) return gamma(random, a + 1) * random.uniform() ** (1 / a)
  const d = a - 1 / 3
  for (;;) {
    const x = random.normal()
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(random.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}

function normals(random: Random, length: number, scale: (k: number) => number): Float64Array {
  return Float64Array.from({ length }, (_, k) => random.normal() * scale(k))
}

/** What a site sends: statistics of its rows, or its own classifier. Times `loud`, consistently. */
export function siteView(
  id: string,
  { rows, labels }: LabelledRows,
  classifier?: Matrix,
  loud = 1,
): ContributionView {
  const classCounts = Array.from({ length: CLASSES }, (_, c) => Math.round(loud * labels.filter((label) => label === c).length)) // prettier-ignore
  const count = classCounts.reduce((sum, n) => sum + n, 0)
  const tensors = new Map<string, Tensor>(classifier === undefined ? [] : splitRows(classifier))
  const { gram, cross } = statistics(rows, labels, loud)
  tensors.set('classifier/gram', { shape: [gram.length], data: gram })
  tensors.set('classifier/cross', { shape: [FEATURES + 1, CLASSES], data: cross })
  return {
    id,
    header: { count, classCounts, generation: 1, task: null } as unknown as ContributionView['header'],
    has: (name) => tensors.has(name),
    tensor: (name) => tensors.get(name)!,
    bytes: () => new Uint8Array(),
  }
}

/** [x;1]ᵀ[x;1] packed and [x;1]ᵀY, in float64 and then float32. */
export function statistics(
  rows: readonly Float64Array[],
  labels: readonly number[],
  loud = 1,
): { readonly gram: Float32Array; readonly cross: Float32Array } {
  const size = FEATURES + 1
  const gram = new Float64Array(size * size)
  const cross = new Float64Array(size * CLASSES)
  rows.forEach((row, n) => {
    const x = new Float64Array(size).fill(1)
    x.set(row)
    for (let i = 0; i < size; i++) {
      cross[i * CLASSES + labels[n]!]! += loud * x[i]!
      for (let j = 0; j <= i; j++) gram[i * size + j]! += loud * (x[i]! * x[j]!)
    }
  })
  const packed = packSymmetric({ rows: size, cols: size, data: gram })
  return { gram: Float32Array.from(packed), cross: Float32Array.from(cross) }
}

/** (classes, features + 1) as weight and bias. */
function splitRows({ data, cols }: Matrix): [string, Tensor][] {
  const weight = data.filter((_, at) => at % cols !== cols - 1)
  const bias = data.filter((_, at) => at % cols === cols - 1)
  return [
    ['classifier/weight', { shape: [CLASSES, FEATURES], data: Float32Array.from(weight) }],
    ['classifier/bias', { shape: [CLASSES], data: Float32Array.from(bias) }],
  ]
}

export function classifierSpec(rule: 'counts' | 'analytic', robust: RobustSpec | undefined): MergeSpec {
  return {
    robust,
    features: FEATURES,
    classes: Array.from({ length: CLASSES }, (_, c) => `class ${c}`),
    classifier: rule === 'counts' ? { rule } : { rule, features: 'frozen', ridge: 1e-2 },
  } as unknown as MergeSpec
}
