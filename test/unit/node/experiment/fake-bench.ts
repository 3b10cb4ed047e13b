import {
  createRandom,
  packedLength,
  type GramSpec,
  type Tensor,
  type TensorMap,
} from '../../../../src/merge/index.ts'
import type { Bench, BenchTraining } from '../../../../src/node/experiment/run/bench.ts'
import type { MergeGround } from '../../../../src/node/experiment/run/merge-spec.ts'
import type { EvaluateResult, ModelState } from '../../../../src/training/index.ts'

/** What a round of training was asked for, and what it gave. */
export interface Call {
  readonly from: ModelState
  readonly options: BenchTraining
  readonly state: ModelState
  readonly grams: TensorMap
}

/** In place of training: every factor that is trained is drawn from the seed of the call. Scores nothing. */
export class FakeBench {
  readonly calls: Call[] = []
  /** Under what features were computed. */
  readonly measured: (TensorMap | null)[] = []
  readonly #ground: MergeGround
  readonly #labelOf: (sample: number) => number

  constructor(ground: MergeGround, labelOf: (sample: number) => number) {
    this.#ground = ground
    this.#labelOf = labelOf
  }

  asBench(): Bench {
    return this as unknown as Bench
  }

  async train(_adapter: unknown, from: ModelState, options: BenchTraining): Promise<unknown> {
    await Promise.resolve()
    const random = createRandom(options.seed)
    const stays = options.factors === 'B' ? '/lora_A' : options.factors === 'A' ? '/lora_B' : '/none'
    const drawn = (tensor: Tensor): Tensor => ({ ...tensor, data: tensor.data.map(() => random.normal()) })
    const adapter = new Map(
      [...from.adapter].map(([name, tensor]) => [
        name,
        name.startsWith('rest/') || name.endsWith(stays) ? tensor : drawn(tensor),
      ]),
    )
    const { weight, bias } = from.classifier
    const rows = new Set(options.classes)
    const moved = ({ shape, data }: Tensor, width: number): Tensor => {
      return {
        shape,
        data: data.map((value, i) => (rows.has(Math.floor(i / width)) ? random.normal() : value)),
      }
    }
    const classifier = { weight: moved(weight, this.#ground.features), bias: moved(bias, 1) }
    const grams =
      options.grams === 'none' ? new Map<string, Tensor>() : this.#grams(options.grams, options.seed, adapter)
    const state = { adapter, classifier }
    this.calls.push({ from, options, state, grams })
    const result = { state, grams, ...this.#counts(options.samples) }
    return { result, ms: { train: 1, measure: 1 } }
  }

  async measure(_adapter: unknown, _state: TensorMap | null, samples: readonly number[]): Promise<unknown> {
    await Promise.resolve()
    const { features, classes } = this.#ground
    const random = createRandom(samples.join())
    const gram = new Float64Array(packedLength(features + 1))
    const cross = new Float64Array((features + 1) * classes.length)
    for (const sample of samples) {
      const x = [...Array.from({ length: features }, () => random.normal()), 1]
      let at = 0
      for (let i = 0; i <= features; i++) {
        for (let j = 0; j <= i; j++) gram[at++]! += x[i]! * x[j]!
        cross[i * classes.length + this.#labelOf(sample)]! += x[i]!
      }
    }
    return {
      gram: { shape: [gram.length], data: Float32Array.from(gram) },
      cross: { shape: [features + 1, classes.length], data: Float32Array.from(cross) },
      ...this.#counts(samples),
    }
  }

  async features(_adapter: unknown, state: TensorMap | null, split: string): Promise<Tensor> {
    await Promise.resolve()
    this.measured.push(state)
    const random = createRandom(split)
    const count = split === 'train' ? 120 : 16
    const data = Float32Array.from({ length: count * this.#ground.features }, () => random.normal())
    return { shape: [count, this.#ground.features], data }
  }

  async grams(
    _adapter: unknown,
    state: TensorMap,
    { form, samples }: { form: GramSpec; samples: readonly number[] },
  ): Promise<TensorMap> {
    await Promise.resolve()
    return this.#grams(form, samples.join(), state)
  }

  async evaluate(_adapter: unknown, models: readonly unknown[]): Promise<EvaluateResult[]> {
    await Promise.resolve()
    const perClass = this.#ground.classes.map(() => ({ correct: 1, count: 2 }))
    return models.map(() => ({
      correct: 4,
      count: 8,
      perClass,
      perSite: [],
      perSiteClass: [],
      right: new Uint8Array(),
      mistakes: [],
    }))
  }

  /** Of inputs that are uncorrelated: whole as diagonal or as its largest entries and unit vectors, or A G Aᵀ, not for ravan. */
  #grams(form: GramSpec, seed: string, state: TensorMap): TensorMap {
    const tensors = this.#ground.modules.flatMap(({ name, in: width }) => {
      const random = createRandom(`${seed} ${name}`)
      const diagonal = Float32Array.from({ length: width }, () => 1 + random.below(9))
      if (form.form === 'full') return [[`gram/${name}`, vector(packedDiagonal(diagonal))] as const]
      if (form.form === 'diagonal') return [[`gram/${name}`, vector(diagonal)] as const]
      if (form.form === 'top-k') return topPairs(name, diagonal, form.k)
      const { shape, data: a } = state.get(`adapter/${name}/lora_A`)!
      const packed: number[] = []
      for (let i = 0; i < shape[0]!; i++) {
        for (let j = 0; j <= i; j++) {
          packed.push(diagonal.reduce((sum, g, k) => sum + a[i * width + k]! * g * a[j * width + k]!, 0))
        }
      }
      return [[`gram/${name}`, vector(packed)] as const]
    })
    return new Map(tensors)
  }

  #counts(samples: readonly number[]): { count: number; classCounts: number[] } {
    const classCounts = this.#ground.classes.map(() => 0)
    for (const sample of samples) classCounts[this.#labelOf(sample)]! += 1
    return { count: samples.length, classCounts }
  }
}

function packedDiagonal(diagonal: Float32Array): number[] {
  return [...diagonal].flatMap((value, i) => [...new Array<number>(i).fill(0), value])
}

function vector(values: ArrayLike<number>): Tensor {
  return { shape: [values.length], data: Float32Array.from(values) }
}

function topPairs(name: string, diagonal: Float32Array, k: number): readonly (readonly [string, Tensor])[] {
  const order = [...diagonal.keys()].sort((a, b) => diagonal[b]! - diagonal[a]!)
  const vectors = new Float32Array(k * diagonal.length)
  for (let i = 0; i < k; i++) vectors[i * diagonal.length + order[i]!] = 1
  const others = order.slice(k).map((index) => diagonal[index]!)
  return [
    [`gram/${name}`, vector(order.slice(0, k).map((index) => diagonal[index]!))],
    [`gram/${name}.vectors`, { shape: [k, diagonal.length], data: vectors }],
    [`gram/${name}.rest`, vector([others.reduce((sum, value) => sum + value, 0) / others.length])],
  ]
}
