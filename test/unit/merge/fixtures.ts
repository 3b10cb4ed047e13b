import assert from 'node:assert/strict'
import { memorySource } from '../../../src/merge/format/byte-source.ts'
import { contributionId, encodeHeader } from '../../../src/merge/format/contribution-header.ts'
import {
  expectedTensors,
  hasClassifierGram,
  hasMasks,
  trainedTensors,
} from '../../../src/merge/format/contribution-tensors.ts'
import { gramForm, gramName, packedGramSize } from '../../../src/merge/format/gram-tensors.ts'
import { maskName, packMask } from '../../../src/merge/format/personal-mask.ts'
import { sha256Hex } from '../../../src/merge/format/sha256.ts'
import { frozenDigest } from '../../../src/merge/adapters/frozen-factors.ts'
import { packedLength } from '../../../src/merge/linear/packed-symmetric.ts'
import { payloadRef } from '../../../src/merge/format/payload-ref.ts'
import { createRandom, type Random } from '../../../src/merge/linear/random.ts'
import { writeContribution } from '../../../src/merge/format/contribution-payload.ts'
import type { WritableTensor } from '../../../src/merge/format/safetensors-writer.ts'
import type {
  ContributionHeader,
  ContributionView,
  GramSpec,
  MergeSpec,
  TargetModule,
  Tensor,
  TensorMap,
} from '../../../src/merge/types.ts'
import { GramSum } from '../../../src/training/passes/gram-sum.ts'
import { wireGram } from '../../../src/training/passes/wire-gram.ts'
import { validateHeader } from '../../../src/merge/admit/validate-header.ts'
import { validatePayload } from '../../../src/merge/admit/validate-payload.ts'
import { specOfTask, withTasks } from '../../../src/merge/tasks/class-rows.ts'
import { validateMergeSpec } from '../../../src/merge/admit/validate-spec.ts'

export const CHARTER = sha256Hex(new TextEncoder().encode('charter'))
/** A task that has been opened; {@link withTask} says its classes. */
export const TASK = sha256Hex(new TextEncoder().encode('task'))
export const ANCHOR = sha256Hex(new TextEncoder().encode('anchor'))

export const LORA = { kind: 'lora', rank: 3, alpha: 1, trains: 'B', seed: 'fixture' } as const
export const RAVAN = { kind: 'ravan', heads: 2, rank: 2, alpha: 1, seed: 'fixture' } as const

/** Two modules, neither square, and three classes. */
export function makeSpec(changes: Partial<MergeSpec> = {}): MergeSpec {
  return validateMergeSpec({
    kernel: 1,
    adapter: LORA,
    modules: [
      { name: 'layer.0.query', in: 8, out: 5 },
      { name: 'layer.0.value', in: 6, out: 9 },
    ],
    rule: 'lorm',
    ridge: 1e-6,
    decay: 0.5,
    classes: ['crack', 'dent', 'stain'],
    features: 4,
    classifier: { rule: 'counts' },
    floors: { samples: 4, perClass: 2 },
    limits: { maxCount: 10_000, maxAbs: 1000, maxGenerationLead: 8 },
    ...changes,
  })
}

/** One more task: a class that the charter has, and two that it lacks. */
export function withTask(spec: MergeSpec, classes: readonly string[] = ['burr', 'dent', 'pit']): MergeSpec {
  return validateMergeSpec(withTasks(spec, [{ id: TASK, classes }]))
}

export const PUBLISHED = { rule: 'regmean', alpha: 0.5, holdersOnly: false } as const

/** Rank 1, so that a few adapters side by side fit into the modules. */
function regmean(grams: GramSpec): MergeSpec {
  return makeSpec({ rule: 'regmean', adapter: { ...LORA, rank: 1, trains: 'AB' }, grams, ridge: 1e-4 })
}

/** One specification per adapter, rule and classifier that go together. */
export function everySpec(): readonly (readonly [string, MergeSpec])[] {
  const analytic = { rule: 'analytic', features: 'merged', ridge: 1e-2 } as const
  return [
    ['mean of B', makeSpec({ rule: 'mean' })],
    ['mean of A and B', makeSpec({ rule: 'mean', adapter: { ...LORA, trains: 'AB' } })],
    ['mean of heads', makeSpec({ rule: 'mean', adapter: RAVAN })],
    ['lorm', makeSpec()],
    ['ravan', makeSpec({ rule: 'ravan', adapter: RAVAN })],
    ['ravan, analytic classifier', makeSpec({ rule: 'ravan', adapter: RAVAN, classifier: analytic })],
    ['ravan-coupled', makeSpec({ rule: 'ravan-coupled', adapter: { ...RAVAN, bases: 'normal' } })],
    ['ravan-dense', makeSpec({ rule: 'ravan-dense', adapter: { ...RAVAN, bases: 'normal' } })],
    ['regmean', regmean({ form: 'full', shrink: 0.9 })],
    ['regmean by diagonals', regmean({ form: 'diagonal' })],
    ['regmean by eigenpairs', regmean({ form: 'top-k', k: 1 })],
    ['fedselect', makeSpec({ rule: 'fedselect' })],
    ['regmean classifier', makeSpec({ ridge: 1e-4, classifier: { rule: 'regmean', alpha: 0.9 } })],
    ['published classifier', makeSpec({ ridge: 1e-4, classifier: PUBLISHED })],
    ['affine classifier', makeSpec({ ridge: 1e-4, classifier: { rule: 'affine' } })],
  ]
}

export interface ContributionInit {
  readonly spec: MergeSpec
  readonly peer: string
  readonly seed?: string
  readonly header?: Partial<ContributionHeader>
  /** Replaces or (undefined) removes tensors before the payload is written. */
  readonly tensors?: Readonly<Record<string, WritableTensor | undefined>>
}

export interface Made {
  readonly id: string
  readonly header: ContributionHeader
  readonly headerBytes: Uint8Array
  readonly payload: Uint8Array
}

/** A plausible contribution: random factors, Grams of random rows, in float32 as a site would send it. */
export function makeContribution({
  spec: whole,
  peer,
  seed = peer,
  header = {},
  tensors = {},
}: ContributionInit): Made {
  const spec = specOfTask(whole, header.task ?? null)!
  const random = createRandom(`contribution ${seed}`)
  const kind = header.kind ?? 'adapter'
  const classCounts = header.classCounts ?? spec.classes.map(() => 4 + random.below(20))
  const all = new Map<string, WritableTensor>(
    kind === 'adapter' ? adapterTensors(spec, random, classCounts) : statistics(spec, random, classCounts),
  )
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor === undefined) all.delete(name)
    else all.set(name, tensor)
  }
  return signedOff(spec, writeContribution(spec, kind, all), {
    peer,
    kind,
    classCounts,
    count: classCounts.reduce((sum, n) => sum + n, 0),
    ...header,
  })
}

/** A header for these payload bytes. */
export function signedOff(spec: MergeSpec, payload: Uint8Array, header: Partial<ContributionHeader>): Made {
  const whole: ContributionHeader = {
    v: 1,
    consortium: 'fixture',
    charter: CHARTER,
    peer: 'peer-a',
    sequence: 1,
    generation: 1,
    task: null,
    round: null,
    phase: null,
    kind: 'adapter',
    base: null,
    anchor:
      header.kind === 'statistics' &&
      spec.classifier.rule === 'analytic' &&
      spec.classifier.features === 'merged'
        ? ANCHOR
        : null,
    frozen: frozenDigest(spec.adapter, spec.modules),
    count: 1,
    classCounts: [1, 0, 0],
    payload: payloadRef(payload),
    noise: 0,
    masked: false,
    kernel: 1,
    ...header,
  }
  const headerBytes = encodeHeader(whole)
  return { id: contributionId(headerBytes), header: whole, headerBytes, payload }
}

/** The view that validation hands out; fails the test if the contribution is not admissible. */
export function admit(spec: MergeSpec, { header, payload }: Made): ContributionView {
  const judged = validateHeader(spec, header)
  assert.ok(judged.ok, judged.ok ? '' : judged.message)
  const checked = validatePayload(spec, header, memorySource(payload))
  assert.ok(checked.ok, checked.ok ? '' : checked.message)
  return checked.view
}

export function admitted(init: ContributionInit): ContributionView {
  return admit(init.spec, makeContribution(init))
}

export function randomTensor(random: Random, shape: readonly number[]): Tensor {
  const length = shape.reduce((product, size) => product * size, 1)
  return { shape, data: Float32Array.from({ length }, () => random.normal()) }
}

function adapterTensors(
  spec: MergeSpec,
  random: Random,
  classCounts: readonly number[],
): ReadonlyMap<string, WritableTensor> {
  const result = new Map<string, WritableTensor>()
  for (const module of spec.modules) {
    for (const [name, shape] of trainedTensors(spec.adapter, module))
      result.set(name, randomTensor(random, shape))
    for (const [name, tensor] of randomGram(spec, module, random)) result.set(name, tensor)
  }
  result.set('classifier/weight', randomTensor(random, [spec.classes.length, spec.features]))
  result.set('classifier/bias', randomTensor(random, [spec.classes.length]))
  if (hasMasks(spec)) addMasks(spec, random, result)
  if (hasClassifierGram(spec)) {
    const [gram] = statistics(spec, random, classCounts)
    result.set(...gram!)
  }
  return result
}

/** About a third of every trained tensor is personal. */
function addMasks(spec: MergeSpec, random: Random, tensors: Map<string, WritableTensor>): void {
  for (const module of spec.modules) {
    for (const [name, [rows, cols]] of trainedTensors(spec.adapter, module)) {
      const data = packMask(Array.from({ length: rows * cols }, () => random.below(3) === 0))
      tensors.set(maskName(name), { shape: [data.length], data })
    }
  }
}

/** What a module's inputs could be like, in the charter's form. */
function randomGram(spec: MergeSpec, module: TargetModule, random: Random): TensorMap {
  const shape = expectedTensors(spec, 'adapter').get(gramName(module.name))?.shape
  if (shape === undefined) return new Map()
  const size = packedGramSize(spec, module)
  if (size === undefined) return reducedGram(spec, module, randomRows(random, module.in + 6, module.in))
  const blocks = shape.length === 2 ? shape[0]! : 1
  const data = Array.from({ length: blocks }, () =>
    packedGram(randomRows(random, size + 6, size), size),
  ).flat()
  return new Map([[gramName(module.name), { shape, data: Float32Array.from(data) }]])
}

/** The Gram of these rows as its diagonal or its top eigenpairs, as a site would send it. */
export function reducedGram(
  spec: MergeSpec,
  { name, in: width }: TargetModule,
  rows: readonly (readonly number[])[],
): TensorMap {
  const form = gramForm(spec)!
  const sum = new GramSum(width, form.form as 'diagonal' | 'top-k', form.form === 'top-k' ? form.k : 0)
  for (const row of rows) {
    const outer = row.flatMap((a, i) => row.map((b, j) => (form.form === 'top-k' || i === j ? a * b : 0)))
    const diagonal = row.map((a) => a * a)
    sum.add(Float32Array.from(form.form === 'top-k' ? outer : diagonal), 1)
  }
  return wireGram(name, sum.summary())
}

export function randomRows(random: Random, count: number, width: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, () =>
    Array.from({ length: width }, (_, j) => random.normal() / (j + 1) + 0.2),
  )
}

/** XᵀX, lower triangle by rows, written down entry by entry. */
export function packedGram(rows: readonly (readonly number[])[], size: number): number[] {
  const packed: number[] = []
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) packed.push(rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0))
  }
  assert.equal(packed.length, packedLength(size))
  return packed
}

/** What a site measures on labelled rows: [x;1]ᵀ[x;1] and [x;1]ᵀY. */
export function measure(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  classes: number,
): Readonly<Record<'classifier/gram' | 'classifier/cross', Tensor>> {
  const width = rows[0]!.length
  const ones = rows.map((row) => [...row, 1])
  const cross = new Float32Array((width + 1) * classes)
  for (let i = 0; i <= width; i++) {
    for (let c = 0; c < classes; c++) {
      cross[i * classes + c] = ones.reduce((sum, row, n) => sum + (labels[n] === c ? row[i]! : 0), 0)
    }
  }
  return {
    'classifier/gram': {
      shape: [packedLength(width + 1)],
      data: Float32Array.from(packedGram(ones, width + 1)),
    },
    'classifier/cross': { shape: [width + 1, classes], data: cross },
  }
}

/** Statistics of rows of three classes as each of their owners would contribute them. */
export function statisticsOf(
  spec: MergeSpec,
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  owner: readonly number[],
): ContributionView[] {
  return [...new Set(owner)].map((site) => {
    const mine = [...rows.keys()].filter((n) => owner[n] === site)
    const classCounts = [0, 1, 2].map((c) => mine.filter((n) => labels[n] === c).length)
    const tensors = measure(mine.map((n) => rows[n]!), mine.map((n) => labels[n]!), 3) // prettier-ignore
    return admitted({ spec, peer: `peer-${site}`, header: { kind: 'statistics', classCounts, count: mine.length }, tensors }) // prettier-ignore
  })
}

function statistics(spec: MergeSpec, random: Random, classCounts: readonly number[]): [string, Tensor][] {
  const labels = classCounts.flatMap((n, c) => new Array<number>(n).fill(c))
  const rows = randomRows(random, labels.length, spec.features)
  return Object.entries(measure(rows, labels, spec.classes.length))
}
