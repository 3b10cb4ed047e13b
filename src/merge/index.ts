/**
 * The closed-form merge as a pure function, and the format of what goes into it. No I/O, no clock, no randomness.
 *
 * ```ts
 * const spec = validateMergeSpec(charter.merge)
 * const header = decodeHeader(headerBytes) // throws MalformedError
 * const judged = validateHeader(spec, header)
 * const checked = validatePayload(spec, header, memorySource(payloadBytes))
 * if (judged.ok && checked.ok) {
 *   const { adapter, classifier, digests } = mergeContributions(spec, { charter: charterDigest }, [checked.view])
 * }
 * ```
 */
export type * from './types.ts'
export { memorySource, type ByteSource } from './byte-source.ts'
export { solveClassifier, type ClassifierStatistics } from './classifier-analytic.ts'
export { compareCodeUnits } from './canonical-order.ts'
export { CHUNK_BYTES, KERNEL_VERSION, MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES } from './constants.ts'
export { contributionId, decodeHeader, encodeHeader } from './contribution-header.ts'
export {
  expectedTensors,
  gramName,
  headName,
  loraAName,
  loraBName,
  partNames,
  trainedTensors,
} from './contribution-tensors.ts'
export { adapterKind, adapterSchema } from './adapter-kinds.ts'
export { loraScale } from './adapter-lora.ts'
export type { TensorShapes } from './contribution-tensors.ts'
export { openContribution } from './contribution-view.ts'
export { sha256Hex } from './digest-writer.ts'
export {
  ForeignContributionError,
  MergeSpecError,
  NonFiniteError,
  NotPositiveDefiniteError,
} from './errors.ts'
export { frozenDigest, frozenFactors } from './frozen-factors.ts'
export { adapterDigest } from './merge-digest.ts'
export { solveSymmetric } from './ldlt-solve.ts'
export { matmul, transpose } from './matrix.ts'
export { mergeContributions, type MergeContext } from './merge.ts'
export { packSymmetric, packedLength, unpackSymmetric } from './packed-symmetric.ts'
export { payloadChunks, payloadRef } from './payload-ref.ts'
export { createRandom, type Random } from './random.ts'
export type { SafetensorsEntry, SafetensorsType } from './safetensors-header.ts'
export { openSafetensors, type Safetensors } from './safetensors-reader.ts'
export { writeSafetensors, type SafetensorsWriteOptions } from './safetensors-writer.ts'
export { validateHeader } from './validate-header.ts'
export { validatePayload, type PayloadValidation } from './validate-payload.ts'
export { validateMergeSpec } from './validate-spec.ts'
export type { HeaderValidation, Rejection } from './validation.ts'
