import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex } from '../../merge/index.ts'
import { PeermergeError } from '../../errors.ts'
import type { TaskClasses } from '../../merge/index.ts'
import type { EvaluatedModel } from '../../training/index.ts'
import { amongClasses } from '../among-classes.ts'
import { mergeSpecOf, type Charter } from '../charter.ts'
import { readHomeCharters, readToldCharters } from '../home-charters.ts'
import type { HomePaths } from '../home.ts'
import { loadPersonal, PERSONAL_FORMAT } from '../personal/personal-file.ts'
import { assertFits, personalModel } from '../personal/personal-state.ts'
import { checkedFile, readServing, type ServedKind } from '../serving/served-model.ts'
import {
  adapterOfState,
  charterOfState,
  classesOfState,
  formatOfState,
  readState,
  tasksOfState,
} from '../state-file.ts'
import { competingRows } from './competing-rows.ts'
import { settleChoice, type ModelChoice } from './model-choice.ts'

/** What every answer says of the model that gave it: a merge's digest, or sha2-256 of the file. */
export interface ModelName {
  readonly kind: ServedKind | 'file'
  readonly digest: string
}

/** A model that can answer, read from the disk. */
export interface FoundModel {
  readonly name: ModelName
  readonly model: EvaluatedModel
  /** Of the rows of its classifier. */
  readonly classes: readonly string[]
  /** Rows that can be an answer, ascending. */
  readonly rows: readonly number[]
  /** Where tasks have been opened, with the charter's own. */
  readonly tasks: readonly TaskClasses[] | undefined
  /** By which it was made: backbone, size of inputs, adapted layers. */
  readonly charter: Charter
}

/**
 * Reads the model that was chosen. Takes no lock: a node may run in this home meanwhile; only a merge under a charter between the first and the
 * one in force needs the ledger of a stopped node.
 *
 * @throws PeermergeError ERR_NO_MERGE, ERR_UNKNOWN_MERGE, ERR_NOT_PERSONAL, ERR_PERSONAL_ADAPTER, ERR_CHARTER_UNKNOWN
 * @throws InvalidFileError - what is there is no model of this consortium
 */
export async function findModel(paths: HomePaths, choice: ModelChoice): Promise<FoundModel> {
  const settled = await settleChoice(paths, choice)
  switch (settled.kind) {
    case 'served':
      return await servedModel(paths)
    case 'personal':
      return await ownModel(paths, paths.personal, await nameOfPersonal(paths))
    case 'merged': {
      const digest = settled.digest!
      const file = join(paths.merges, `${digest}.safetensors`)
      return await stateModel(file, await charterOfMerge(paths, file), { kind: 'merged', digest })
    }
    case 'file': {
      const { file } = settled
      return await fileModel(paths, file, { kind: 'file', digest: await digestOfFile(file) })
    }
  }
}

/** @throws PeermergeError ERR_NOT_SERVED - nothing is; ERR_SERVED_DAMAGED */
async function servedModel(paths: HomePaths): Promise<FoundModel> {
  const serving = await readServing(paths.served)
  if (serving !== undefined) {
    const { current } = serving
    return await fileModel(paths, await checkedFile(paths.served, current), current)
  }
  const text = `${paths.root}: this site serves no model yet; run the node until it has taken one up, or choose one: peermerge choose`
  throw new PeermergeError('ERR_NOT_SERVED', text, { home: paths.root })
}

/** A site's own model, or a state of the charter in force, or of the one under which it was merged. */
async function fileModel(paths: HomePaths, file: string, { kind, digest }: ModelName): Promise<FoundModel> {
  const name = { kind, digest }
  if (formatOfState(file) === PERSONAL_FORMAT) return await ownModel(paths, file, name)
  const charter =
    kind === 'merged' ? await charterOfMerge(paths, file) : (await readToldCharters(paths)).inForce
  return await stateModel(file, charter, name)
}

async function stateModel(file: string, charter: Charter, name: ModelName): Promise<FoundModel> {
  const spec = mergeSpecOf(charter)
  const adapterSpec = adapterOfState(file) ?? spec.adapter
  const classes = classesOfState(file) ?? spec.classes
  const tasks = tasksOfState(file)
  const { adapter, classifier } = await readState({ ...spec, adapter: adapterSpec, classes }, file)
  const rows = competingRows(classifier, classes, tasks)
  const model = { adapter, adapterSpec, classifier: amongClasses(classifier, rows) }
  return { name, model, classes, rows, tasks, charter }
}

/** Sites of a consortium with models of their own open no tasks: its rows are the charter's. */
async function ownModel(paths: HomePaths, file: string, name: ModelName): Promise<FoundModel> {
  const { inForce: charter } = await readToldCharters(paths)
  const personal = (await loadPersonal(file))!
  assertFits(personal, { method: personal.method, adapter: charter.adapter }, file)
  const { classes } = charter
  const model = { adapterSpec: charter.adapter, ...personalModel(personal) }
  return { name, model, classes, rows: [...classes.keys()], tasks: undefined, charter }
}

/** @throws PeermergeError ERR_NOT_PERSONAL */
async function nameOfPersonal({ personal: file, root }: HomePaths): Promise<ModelName> {
  if (existsSync(file)) return { kind: 'personal', digest: await digestOfFile(file) }
  const problem =
    'there is no model of this site’s own; run the node until it has trained one, or choose another'
  throw new PeermergeError('ERR_NOT_PERSONAL', `${root}: ${problem}`, { home: root })
}

/** The charter that a merge's file says it was computed under. @throws PeermergeError ERR_CHARTER_UNKNOWN */
export async function charterOfMerge(paths: HomePaths, file: string): Promise<Charter> {
  const digest = charterOfState(file)
  const told = await readToldCharters(paths)
  if (digest === undefined) return told.inForce
  const charter = told.known.get(digest) ?? (await readHomeCharters(paths)).known.get(digest)
  if (charter !== undefined) return charter
  const problem = `its charter ${digest} is not known as long as the node runs; stop it first`
  throw new PeermergeError('ERR_CHARTER_UNKNOWN', `${file}: ${problem}`, { file, digest })
}

async function digestOfFile(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    const advice =
      'give served, merged, merged:DIGEST, personal, or the file of a state (peermerge train, export)'
    throw new PeermergeError('ERR_INVALID_FILE', `model ${file}: cannot be read (${(cause as Error).message}); ${advice}`, { file }, { cause }) // prettier-ignore
  })
  return sha256Hex(bytes)
}
