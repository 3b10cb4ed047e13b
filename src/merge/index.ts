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
export { decodeFloat16, encodeFloat16 } from './format/half-precision.ts'
export { memorySource, type ByteSource } from './format/byte-source.ts'
export { solveClassifier, type ClassifierStatistics } from './classifier/classifier-analytic.ts'
export { ownClassifier, type OwnClassifier, type OwnClassifierInit } from './classifier/own-classifier.ts'
export type { LabelledFeatures, Outputs } from './classifier/left-out.ts'
export { solveAnalytic } from './classifier/solve-analytic.ts'
export { compareCodeUnits } from './units/canonical-order.ts'
export { CHUNK_BYTES, KERNEL_VERSION, MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES } from './constants.ts'
export { MAX_SEQUENCE } from './constants.ts'
export { contributionId, decodeHeader, encodeHeader } from './format/contribution-header.ts'
export {
  expectedTensors,
  hasClassifierGram,
  CLASSIFIER_WEIGHT,
  hasMasks,
  selectableTensors,
  headName,
  loraAName,
  loraBName,
  partNames,
  trainedTensors,
} from './format/contribution-tensors.ts'
export { adapterKind, adapterSchema } from './adapters/adapter-kinds.ts'
export { loraScale } from './adapters/adapter-lora.ts'
export { gramForm, gramName, gramOwner, gramRestName, gramVectorsName } from './format/gram-tensors.ts'
export { tensorBytes, type TensorLayout, type TensorLayouts } from './format/tensor-layout.ts'
export { writeContribution } from './format/contribution-payload.ts'
export { openContribution } from './format/contribution-view.ts'
export { sha256Hex } from './format/sha256.ts'
export {
  ForeignContributionError,
  MergeRankError,
  MergeSpecError,
  NonFiniteError,
  NotPositiveDefiniteError,
} from './errors.ts'
export { frozenDigest, frozenFactors } from './adapters/frozen-factors.ts'
export { adapterDigest, classifierDigest, cutDigest } from './format/merge-digest.ts'
export { ldlt } from './linear/ldlt.ts'
export { symmetricEigen, type Eigenpairs } from './linear/symmetric-eigen.ts'
export { solveSymmetric } from './linear/symmetric-solve.ts'
export { matmul, transpose } from './linear/matrix.ts'
export { mergeContributions } from './merge.ts'
export type { MergeContext } from './merge-result.ts'
export { eachAdds, type Addition } from './influence/each-adds.ts'
export { influence, type ModuleInfluence, type PeerInfluence } from './influence/influence.ts'
export { removalReceipt, type MergeName, type RemovalReceipt } from './influence/removal-receipt.ts'
export { incrementalMerge, type IncrementalMerge } from './incremental/incremental-merge.ts'
export { mergeModules, moduleCost, type MergedModules } from './merge-modules.ts'
export { packSymmetric, packedLength, unpackSymmetric } from './linear/packed-symmetric.ts'
export { payloadChunks, payloadRef } from './format/payload-ref.ts'
export { createRandom, type Random } from './linear/random.ts'
export type { SafetensorsEntry, SafetensorsType } from './format/safetensors-header.ts'
export type { WritableTensor } from './format/safetensors-writer.ts'
export { openSafetensors, type Safetensors } from './format/safetensors-reader.ts'
export {
  safetensorsParts,
  writeSafetensors,
  type SafetensorsWriteOptions,
} from './format/safetensors-writer.ts'
export { DEFAULT_ROBUST } from './robust/default-robust.ts'
export { validateHeader, type RoundTerms } from './admit/validate-header.ts'
export { validatePayload, type PayloadValidation } from './admit/validate-payload.ts'
export { gramSchema, mergeFields } from './admit/spec-schema.ts'
export { validateMergeSpec } from './admit/validate-spec.ts'
export { changesAdapter, MERGE_RULES, takesLimits } from './rules/adapter-rules.ts'
export { foldUpdate, NO_UPDATES, type FoldedUpdates } from './rules/fold-update.ts'
export { growMask, type MaskGrowth } from './rules/grow-mask.ts'
export { classesOfTask, rowsOfTask, specOfTask, withTasks } from './tasks/class-rows.ts'
export { mergeTasks, type TaskFactors } from './rules/merge-tasks.ts'
export {
  mergeFinishedTasks,
  type FinishedTask,
  type MergedTasks,
  type TaskGrams,
} from './staged/merge-finished-tasks.ts'
export { mergeRound, type StagedRound, type StagedState } from './staged/merge-round.ts'
export { phaseOf, type PhaseGrams, type StagedPhase } from './staged/phase.ts'
export {
  formatAgenda,
  nextAgenda,
  parseAgenda,
  phaseAt,
  type Agenda,
  type TaskStep,
} from './staged/agenda.ts'
export { specAt } from './staged/spec-at.ts'
export { modelInUse } from './staged/model-in-use.ts'
export {
  afterRound,
  FIRST_AGENDA,
  firstChain,
  termsOf,
  type EndedTask,
  type StagedChain,
} from './staged/staged-chain.ts'
export { phaseFrozenDigest } from './staged/phase-frozen.ts'
export { phaseSpec } from './staged/phase-spec.ts'
export { taskAdapter, taskStart } from './staged/task-start.ts'
export { productsFit, restOfWorld, type RestForm, type RestOfWorld } from './rules/rest-of-world.ts'
export { type StackedFactors } from './rules/stacked-products.ts'
export type { Gram } from './linear/gram.ts'
export { isPersonal, maskName, packMask } from './format/personal-mask.ts'
export type { HeaderValidation, Rejection } from './admit/validation.ts'
