/**
 * Training on a site's own images: backbones, adapters, statistics, evaluation. Importing this loads no native code.
 *
 *   await using client = spawnTrainer()
 *   const backbone = await openBackbone('models/vit-tiny')
 *   const modules = resolveTargetModules(backbone, ['query', 'value'])
 *   const model = { backbone: backbone.dir, extent: 112, adapter, modules, classes: classes.length }
 *   const trainer = await client.open({ model, data: [{ path, classes, trainFraction: 0.7, splitSeed: '1' }], rule: 'lorm' })
 */
export type * from './types.ts'
export * from './settings.ts'
export type { Backbone, GraphHooks, GraphInputs, GraphOptions } from './backbone/backbone.ts'
export { backboneDigest } from './backbone/backbone-digest.ts'
export type { DownloadProgress, FetchOptions } from './backbone/hub/fetch-model.ts'
export { resolveBackbone } from './backbone/hub/resolve-backbone.ts'
export type { ResolvedBackbone, ResolveOptions } from './backbone/hub/resolve-backbone.ts'
export { openBackbone } from './backbone/open-backbone.ts'
export { randomWeights } from './backbone/random-weights.ts'
export { sharedInputs, withSharedInputs } from './backbone/shared-inputs.ts'
export { resolveTargetModules } from './backbone/target-modules.ts'
export { restTensors, type GivenRest } from './adapters/rest-tensors.ts'
export { dirichletSplit } from './data/dirichlet-split.ts'
export type { Modality, SampleSource, Split } from './data/samples.ts'
export { isImagePath } from './data/image/image-folder.ts'
export { assertModality, openSource } from './data/open-source.ts'
export { textLines } from './data/table/text-lines.ts'
export { openTexts, type TextRow } from './data/table/text-rows.ts'
export { openLabelled as openLabelledTable } from './data/table/labelled-rows.ts'
export type { LabelledRow, LabelledTable } from './data/table/labelled-rows.ts'
export { listTableClasses } from './data/table/table-classes.ts'
export {
  AdapterDirectoryError,
  AdapterFormError,
  BackboneError,
  DatasetError,
  DivergedError,
  HubError,
  NoSuchModuleError,
  SpillError,
  TargetPatternError,
  TrainerExitedError,
  UnsupportedBackboneError,
} from './errors.ts'
export { exportPeft } from './interchange/export-peft.ts'
export type { PeftExport, PeftExportInit } from './interchange/export-peft.ts'
export { importPeft } from './interchange/import-peft.ts'
export { exportOnnx } from './interchange/onnx-export.ts'
export type { OnnxExportInit } from './interchange/onnx-export.ts'
export type { SamplingOptions } from './language/choose-token.ts'
export type { FittedLanguageModel } from './language/fit-language-model.ts'
export type { GenerateOptions } from './language/generate.ts'
export type { LanguageModel } from './language/language-model.ts'
export { estimateTraining } from './memory/estimate-training.ts'
export type { TrainingMemory } from './memory/estimate-training.ts'
export { textExtents } from './memory/text-extents.ts'
export { openLanguageSession } from './language/language-session.ts'
export type { FitWork, LanguageSession, LanguageSessionInit } from './language/language-session.ts'
export { ClassifierStatistics } from './passes/classifier-statistics.ts'
export { gramsOnWire } from './passes/wire-gram.ts'
export { spawnTrainer } from './process/spawn-trainer.ts'
export type { SpawnTrainerInit } from './process/spawn-trainer.ts'
export { probeRuntimes } from './runtime/probe/probe-runtimes.ts'
export type { ProbeOptions, RuntimeReport } from './runtime/probe/probe-runtimes.ts'
export type { RuntimeName } from './runtime/runtime-name.ts'
export { SURFACE_CLASSES, SURFACE_SITES, writeSurfaceSite } from './synthetic/surface/index.ts'
