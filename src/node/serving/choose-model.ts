import { PeermergeError } from '../../errors.ts'
import type { Score } from '../../training/index.ts'
import type { HomePaths } from '../home.ts'
import { pairedTest } from '../publish-gate/paired-test.ts'
import { compareSiteModels, type CompareOptions, type JudgedModel } from './compare-site-models.ts'
import { serveByPerson } from './serve-by-person.ts'
import { readServing, servingNow, type ServedKind, type ServingNow } from './served-model.ts'
import { siteModels } from './site-models.ts'

export interface ChooseOptions extends CompareOptions {
  /** @default compares, and changes nothing */
  readonly wanted?: ServedKind | undefined
  /** A state that `train` wrote: this site alone. */
  readonly alone?: string | undefined
  /** Serve it even where it is worse than another. */
  readonly force: boolean
  readonly now: () => number
  /** Name of the person who chooses. */
  readonly who?: string | undefined
}

export interface ModelChoices {
  readonly classes: readonly string[]
  readonly models: readonly {
    readonly kind: ServedKind
    readonly digest: string
    readonly correct: number
    readonly count: number
    readonly perClass: readonly Score[]
    readonly isServed: boolean
  }[]
  /** Null while nothing is. */
  readonly serving: ServingNow | null
  /** Whether the site's log says what was chosen; else the node's next start records it. Null where nothing was. */
  readonly recorded: boolean | null
}

/**
 * Compares the models that a site could serve on its own held-out samples, and serves the one that is wanted. From then on a node takes up newer
 * ones of that kind, as the settings say; of a site alone there are none.
 *
 * @throws PeermergeError ERR_WORSE_MODEL - others get more right than chance explains; ERR_NO_SUCH_MODEL; ERR_NO_MODELS; ERR_NOTHING_HELD_OUT
 */
export async function chooseModel(paths: HomePaths, options: ChooseOptions): Promise<ModelChoices> {
  const models = await compareSiteModels(paths, await siteModels(paths, options.alone), options)
  const { wanted } = options
  const recorded = wanted === undefined ? null : await take(paths, models, { ...options, wanted })
  const serving = await readServing(paths.served)
  return {
    classes: models[0]!.found.classes,
    models: models.map(({ kind, found: { name }, result: { correct, count, perClass } }) => {
      const isServed = name.digest === serving?.current.digest
      return { kind, digest: name.digest, correct, count, perClass, isServed }
    }),
    serving: servingNow(serving),
    recorded,
  }
}

async function take(
  paths: HomePaths,
  models: readonly JudgedModel[],
  { wanted, force, now, who, signal }: ChooseOptions & { readonly wanted: ServedKind },
): Promise<boolean> {
  const chosen = models.filter(({ kind }) => kind === wanted).at(-1) // a newer one comes after the one that is served
  if (chosen === undefined) throw noSuchModel(wanted, paths)
  const { found, file, result } = chosen
  if (!force) assertNoneBetter(chosen, models)
  const { correct, count } = result
  const reason = `${correct} of ${count} held-out samples right; chosen by a person${force ? ', whatever others get right' : ''}`
  const model = { kind: wanted, digest: found.name.digest, since: now(), reason, heldOut: { correct, count } }
  const follows = wanted === 'alone' ? 'nothing' : wanted
  return (await serveByPerson(paths, { file, model, who, follows }, signal)).recorded
}

/** @throws PeermergeError ERR_WORSE_MODEL */
function assertNoneBetter({ kind, result }: JudgedModel, models: readonly JudgedModel[]): void {
  const better = models.find((other) => pairedTest(other.result.right, result.right).isWorse)
  if (better === undefined) return
  const text = `${kind}: ${result.correct} of ${result.count} held-out samples right, ${better.kind} ${better.result.correct}, more than chance explains; choose that one, or give --force`
  throw new PeermergeError('ERR_WORSE_MODEL', text, { kind, better: better.kind })
}

function noSuchModel(wanted: ServedKind, { root }: HomePaths): PeermergeError {
  const advice = {
    merged: 'run the node until it has merged',
    personal: 'sites of this consortium keep no models of their own, or this one has not trained it yet',
    alone: 'train it first: peermerge train --home DIR',
  }[wanted]
  return new PeermergeError('ERR_NO_SUCH_MODEL', `${root}: no model ${wanted} is there; ${advice}`, { home: root, wanted }) // prettier-ignore
}
