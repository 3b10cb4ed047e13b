import {
  openBackbone,
  resolveTargetModules,
  sharedInputs,
  withSharedInputs,
} from '../../../training/index.ts'
import type { PreparedData } from '../data/prepared-data.ts'
import type { ExperimentSpec } from '../spec-schema.ts'
import type { MergeGround } from './merge-spec.ts'

/** What merges and trainers know of the backbone. @throws BackboneError, NoSuchModuleError */
export async function openGround(
  { targets }: Pick<ExperimentSpec, 'targets'>,
  { classes }: PreparedData,
  dir: string,
): Promise<MergeGround> {
  const backbone = await openBackbone(dir)
  return {
    modules: withSharedInputs(resolveTargetModules(backbone, targets), sharedInputs(backbone)),
    classes,
    features: backbone.features,
  }
}
