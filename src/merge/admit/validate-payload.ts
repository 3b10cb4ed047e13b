import { bytesToHex } from '@noble/hashes/utils.js'
import { readExactly, type ByteSource } from '../format/byte-source.ts'
import { CHUNK_BYTES } from '../constants.ts'
import { contributionId, encodeHeader } from '../format/contribution-header.ts'
import {
  expectedTensors,
  hasClassifierGram,
  partNames,
  trainedTensors,
} from '../format/contribution-tensors.ts'
import { gramForm } from '../format/gram-tensors.ts'
import type { TensorLayouts } from '../format/tensor-layout.ts'
import { openContribution } from '../format/contribution-view.ts'
import { openSafetensors, type Safetensors } from '../format/safetensors-reader.ts'
import { createSha256 } from '../format/sha256.ts'
import { specOfTask } from '../tasks/class-rows.ts'
import type { ContributionHeader, ContributionView, MergeSpec, Tensor } from '../types.ts'
import { trainedValue } from '../rules/trained-value.ts'
import { checkClassifierGram, checkClassifierStatistics } from './check-classifier.ts'
import { checkGrams } from './check-grams.ts'
import { checkMasks } from './check-masks.ts'
import { judge, reject, type Rejection } from './validation.ts'

export type PayloadValidation = { readonly ok: true; readonly view: ContributionView } | Rejection

/**
 * Whether a payload is what its header says and may enter a merge; reads one tensor at a time. `validateHeader` has run.
 *
 * Reasons: payload-size, payload-digest, those of the safetensors reader (truncated, header-too-large, bad-json,
 * bad-header, too-many-tensors, bad-entry, bad-offsets), missing-tensor, uneven-heads, unexpected-tensor, wrong-type, wrong-shape,
 * non-finite, too-large, bad-trace, indefinite-gram, bad-vector, wrong-count, wrong-class-counts, bad-cross, bad-mask,
 * indefinite-scatter, personal-entry.
 *
 * Never throws on hostile bytes; an error of `payload.read` itself is thrown on.
 */
export function validatePayload(
  whole: MergeSpec,
  header: ContributionHeader,
  payload: ByteSource,
): PayloadValidation {
  return judge(() => {
    const spec = specOfTask(whole, header.task)!
    checkDigest(header, payload)
    const file = openSafetensors(payload, 'payload')
    if (header.kind === 'adapter') checkParts(spec, file)
    const layouts = expectedTensors(spec, header.kind, (part) => file.entries.has(part))
    checkTensorSet(file, layouts)
    checkNumbers(spec, file, layouts)
    if (header.kind === 'statistics') checkClassifierStatistics(spec, header, file)
    else if (header.kind === 'grams') checkGrams(spec, header, file)
    else checkAdapter(spec, header, file, layouts)
    return { ok: true, view: openContribution(contributionId(encodeHeader(header)), header, payload) }
  })
}

/** What goes with trained tensors. */
function checkAdapter(
  spec: MergeSpec,
  header: ContributionHeader,
  file: Safetensors,
  layouts: TensorLayouts,
): void {
  if (gramForm(spec) !== undefined) checkGrams(spec, header, file)
  if (hasClassifierGram(spec)) checkClassifierGram(spec, header, file)
  checkMasks(spec, file, layouts)
}

function checkDigest({ payload: { size, digest } }: ContributionHeader, payload: ByteSource): void {
  if (payload.size !== size) reject('payload-size', `payload of ${payload.size} bytes, header says ${size}`)
  const hash = createSha256()
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    hash.update(readExactly(payload, 'payload', at, Math.min(CHUNK_BYTES, size - at)))
  }
  const actual = bytesToHex(hash.digest())
  if (actual !== digest) reject('payload-digest', `payload has digest ${actual}, header says ${digest}`)
}

/** A site may leave out adapter heads, as many at every module and never all. */
function checkParts(spec: MergeSpec, { entries }: Safetensors): void {
  const [first, ...rest] = spec.modules.map((module) => {
    const parts = partNames(spec, module)
    const held = parts.filter((name) => entries.has(name)).length
    if (parts.length > 0 && held === 0) reject('missing-tensor', `no head of module ${module.name}`)
    return { module: module.name, held }
  })
  const odd = rest.find(({ held }) => held !== first!.held)
  if (odd === undefined) return
  reject('uneven-heads', `${odd.held} heads of module ${odd.module}, ${first!.held} of ${first!.module}`)
}

function checkTensorSet({ entries }: Safetensors, layouts: TensorLayouts): void {
  for (const [name, { shape, type }] of layouts) {
    const entry = entries.get(name)
    if (entry === undefined) return reject('missing-tensor', `no tensor ${name}`)
    if (entry.type !== type) return reject('wrong-type', `${name} is ${entry.type}, expected ${type}`)
    if (shape.length !== entry.shape.length || shape.some((size, i) => size !== entry.shape[i])) {
      reject('wrong-shape', `${name} is [${entry.shape.join(', ')}], expected [${shape.join(', ')}]`)
    }
  }
  const extra = [...entries.keys()].find((name) => !layouts.has(name))
  if (extra !== undefined) reject('unexpected-tensor', `${JSON.stringify(extra)} is not part of this kind`)
}

/** Everything is finite; trained tensors stay within the charter's bound, Grams are bounded by their trace later. */
function checkNumbers(spec: MergeSpec, file: Safetensors, layouts: TensorLayouts): void {
  const { maxAbs } = spec.limits
  const view = { id: 'payload', tensor: (name: string): Tensor => file.tensor(name) }
  const trained = new Map(
    spec.modules.flatMap((module) =>
      [...trainedTensors(spec.adapter, module).keys()].map((name) => [name, module] as const),
    ),
  )
  for (const [name, { type }] of layouts) {
    if (type === 'U8') continue
    const module = trained.get(name)
    if (module !== undefined) checkEntries(name, trainedValue(spec, module, name, view).data, maxAbs)
    else {
      const isBounded = name === 'classifier/weight' || name === 'classifier/bias'
      checkEntries(name, file.tensor(name).data, isBounded ? maxAbs : Number.MAX_VALUE)
    }
  }
}

function checkEntries(name: string, data: Float32Array | Float64Array, most: number): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!
    if (Math.abs(value) <= most) continue // of NaN nothing is true
    if (!Number.isFinite(value)) reject('non-finite', `${name}, entry ${i} is ${value}`)
    reject('too-large', `${name}, entry ${i} is ${value}, at most ±${most}`)
  }
}
