import {
  BUILT_IN_BACKBONE,
  isTablePath,
  openBackbone,
  resolveTargetModules,
  type TableColumns,
} from '../../training/index.ts'
import { PeermergeError } from '../../errors.ts'
import { checkValue } from '../parse-json.ts'
import { COMMON_SETTINGS } from '../experiment/preset-settings.ts'
import { specSchema, type ExperimentSpec } from '../experiment/spec-schema.ts'

export interface TrialChoice {
  /** A folder of class folders, or a table of texts. */
  readonly data: string
  readonly columns?: TableColumns | undefined
  /** Directory. @default the built-in one, for images */
  readonly backbone?: string | undefined
  readonly sites: number
  /** Of the Dirichlet split. */
  readonly concentration: number
  readonly heldOut: number
  readonly rounds: number
  readonly epochs: number
  /** Training samples of a class at most. @default all */
  readonly perClass?: number | undefined
}

/** Longest texts of a trial, in tokens; what charters are founded with. */
const MAX_TOKENS = 128

/** In the order in which they are made: one adapter three times, and the floor beside it, all by one trainer. */
export const TRIAL_METHODS = ['local+started', 'fedavg+started', 'regmean+started', 'frozen'] as const

/**
 * What a trial is to the engine of experiments: one task, one split, one seed.
 *
 * @throws BackboneError; PeermergeError ERR_TRIAL - texts without a backbone for them; InvalidFileError - a number out of its range
 */
export async function trialSpec(choice: TrialChoice): Promise<ExperimentSpec> {
  const { data: path, columns, sites, concentration, heldOut, rounds, epochs, perClass } = choice
  const dir = choice.backbone ?? BUILT_IN_BACKBONE
  const backbone = await openBackbone(dir)
  const { modality, extent, defaultTargets } = backbone
  const { lora } = COMMON_SETTINGS
  const narrowest = Math.min(
    ...resolveTargetModules(backbone, defaultTargets).map((one) => Math.min(one.in, one.out)),
  )
  assertModality(path, modality)
  return checkValue(
    specSchema,
    {
      ...COMMON_SETTINGS,
      name: 'trial',
      data: { kind: 'own', path, heldOut, ...(columns && { columns }), ...(perClass !== undefined && { trainPerClass: perClass }) },
      backbone: dir,
      extent: modality === 'text' ? Math.min(extent, MAX_TOKENS) : extent,
      targets: defaultTargets,
      lora: { ...lora, rank: Math.min(lora.rank, narrowest) },
      tasks: 1,
      sites,
      splits: [concentration],
      seeds: 1,
      rounds,
      epochs,
      methods: TRIAL_METHODS,
      reference: 'fedavg+started',
    },
    'trial',
  ) // prettier-ignore
}

function assertModality(path: string, modality: 'image' | 'text'): void {
  const isTable = isTablePath(path)
  if (isTable === (modality === 'text')) return
  const text = isTable
    ? `${path} is a table of texts, and the backbone is for images; say --backbone DIR or hf:owner/name of one for texts`
    : `${path} is no table, and the backbone is for texts; give a .csv, .tsv, .jsonl or .parquet, or a backbone for images`
  throw new PeermergeError('ERR_TRIAL', text, { path, modality })
}
