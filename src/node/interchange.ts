import { join } from 'node:path'
import { PeermergeError } from '../errors.ts'
import type { AdapterSpec, TaskClasses } from '../merge/index.ts'
import { exportOnnx, exportPeft, importPeft, type ModelState } from '../training/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { charterDigest, mergeSpecOf, modelSpecOf, type Charter } from './charter.ts'
import { charterBackbone } from './find-backbone.ts'
import { readHomeCharters, type HomeCharters } from './home-charters.ts'
import { readConfig, type HomePaths } from './home.ts'
import { modelMetadata, newestMerge, stateBytes } from './merge-files.ts'
import { adapterOfState, charterOfState, classesOfState, readState, tasksOfState } from './state-file.ts'

export type ExportFormat = 'peft' | 'onnx' | 'safetensors'

export interface ExportOptions {
  readonly format: ExportFormat
  /** A directory for peft, a file for the others. */
  readonly out: string
  /** Digest of a merge that is kept in the home. @default the newest */
  readonly merge?: string | undefined
  /** A state to export instead of a merge. */
  readonly state?: string | undefined
  /** What a PEFT config calls the backbone. */
  readonly baseModel?: string | undefined
  readonly signal?: AbortSignal
}

export interface Exported {
  readonly format: ExportFormat
  /** The merge that was exported; null for a state. */
  readonly merge: string | null
  readonly files: readonly string[]
  /** peft: the class of transformers whose model it fits. */
  readonly autoClass?: string
  /** peft on texts: the token whose logits are the text's, or their mean. */
  readonly pooling?: 'cls' | 'mean' | 'last'
  /** peft on texts: whether the backbone scales what it pools to one length, which the logits then need as well. */
  readonly normalized?: boolean
}

/**
 * Writes a merge, by the charter that it was computed under, or a state of the charter in force in a form that other software reads.
 *
 * @throws InvalidFileError, PeermergeError ERR_NO_MERGE, ERR_WRONG_BACKBONE, and what the writers throw
 */
export async function exportModel(paths: HomePaths, options: ExportOptions): Promise<Exported> {
  const { format, out, signal } = options
  const config = await readConfig(paths)
  const { state, merge, adapter, charter, classes, tasks } = await chosenState(paths, options)
  if (format === 'safetensors') {
    const origin = merge === null ? { format: 'peermerge-state-1' } : { format: 'peermerge-merge-1', merge }
    await writeFileAtomic(
      out,
      stateBytes(state, { ...origin, ...modelMetadata(adapter, { classes, tasks }) }),
    )
    return { format, merge, files: [out] }
  }
  const backbone = await charterBackbone(charter, config.backbone, { signal })
  const model = { ...modelSpecOf(charter, backbone, classes), adapter }
  if (format === 'onnx') {
    const metadata = { charter: charterDigest(charter), ...(merge !== null && { merge }) }
    await exportOnnx({ model, state, classes, out, metadata, ...(signal && { signal }) })
    return { format, merge, files: [out] }
  }
  const { baseModel: base } = options
  return { format, merge, ...(await exportPeft({ model, state, classes, out, ...(base && { base }) })) }
}

/**
 * Takes in an adapter that PEFT wrote, as a state of the charter in force.
 *
 * @throws AdapterDirectoryError, AdapterFormError - what does not fit
 */
export async function importModel(paths: HomePaths, dir: string, out: string): Promise<ModelState> {
  const { inForce: charter } = await readHomeCharters(paths)
  const backbone = await charterBackbone(charter, (await readConfig(paths)).backbone)
  const state = await importPeft(dir, modelSpecOf(charter, backbone))
  await writeFileAtomic(out, stateBytes(state, { format: 'peermerge-state-1' }))
  return state
}

interface ChosenState {
  readonly state: ModelState
  readonly merge: string | null
  /** What `state` is a state of: the charter's adapter, or another one that the merge's file names. */
  readonly adapter: AdapterSpec
  readonly charter: Charter
  /** Of the rows of its classifier: the charter's, or more where tasks had been opened. */
  readonly classes: readonly string[]
  readonly tasks: readonly TaskClasses[] | undefined
}

async function chosenState(paths: HomePaths, { merge, state }: ExportOptions): Promise<ChosenState> {
  if (merge !== undefined && state !== undefined)
    throw new PeermergeError('ERR_OPTIONS', 'expected --merge or --state, got both; leave one out')
  const digest = state === undefined ? (merge ?? (await newestMerge(paths.merges))) : null
  const file = state ?? join(paths.merges, `${digest}.safetensors`)
  const charter = charterOf(await readHomeCharters(paths), digest, file)
  const spec = mergeSpecOf(charter)
  const adapter = adapterOfState(file) ?? spec.adapter
  const classes = classesOfState(file) ?? spec.classes
  return {
    state: await readState({ ...spec, adapter, classes }, file),
    merge: digest,
    adapter,
    charter,
    classes,
    tasks: tasksOfState(file),
  }
}

/** A state that was given is one of the charter in force. @throws PeermergeError ERR_CHARTER_UNKNOWN */
function charterOf({ inForce, known }: HomeCharters, merge: string | null, file: string): Charter {
  const digest = merge === null ? undefined : charterOfState(file)
  const charter = digest === undefined ? inForce : known.get(digest)
  if (charter !== undefined) return charter
  const problem = `charter ${String(digest)} is not known as long as the node runs`
  throw new PeermergeError('ERR_CHARTER_UNKNOWN', `${file}: its ${problem}; stop it first`, { file, digest })
}
