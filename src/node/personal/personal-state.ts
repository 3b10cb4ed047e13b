import { isDeepStrictEqual } from 'node:util'
import { PeermergeError } from '../../errors.ts'
import { adapterSchema, type AdapterSpec } from '../../merge/index.ts'
import type { EvaluatedModel, MixtureSpec, ModelState } from '../../training/index.ts'
import type { OwnProgress } from '../schedule/site-training.ts'
import type { Selection } from './selected-entries.ts'

/** A site's own model under FedALT: what it has trained, and what it has of the others. */
export interface FedAltState extends OwnProgress {
  readonly method: 'fedalt'
  /** With `rest/…` and `mixer/…` among the tensors of the adapter. */
  readonly state: ModelState
  readonly mixture: MixtureSpec
  /** Contributions that what it has of the others is made of, ascending. */
  readonly rest: readonly string[]
}

/** A site's own model under FedSelect, as its last training or renewal left it. */
export interface FedSelectState extends OwnProgress {
  readonly method: 'fedselect'
  readonly state: ModelState
  readonly adapter: AdapterSpec
  /** Digest of the merge that shared entries went on from; null where there was none yet. */
  readonly base: string | null
  /** Contributions of others in that merge, ascending. */
  readonly others: readonly string[]
  readonly selection: Selection
  /** Tensors of the adapter that the last of them moved. */
  readonly trained: readonly string[]
  /** Each time that masks grew, oldest first. */
  readonly growths: readonly Growth[]
}

/** Which share of every trained tensor is personal since so many trainings. */
export interface Growth {
  readonly trainings: number
  readonly shares: Readonly<Record<string, number>>
}

/** A site's own classifier on the merge's adapter. */
export interface MeansState {
  readonly method: 'means'
  readonly state: ModelState
  /** The charter's. */
  readonly adapter: AdapterSpec
  /** What `state` is of: of more rank where the merge is. */
  readonly merged: AdapterSpec
  /** Digest of the merge. */
  readonly base: string
  /** Samples that everybody's class mean is worth. */
  readonly strength: number
  /** What the logarithms of the site's class shares are multiplied by; null where they do not count. */
  readonly temperature: number | null
  /** Contributions whose statistics the classifier is solved from, ascending. */
  readonly statistics: readonly string[]
}

/** Own models that are trained, not read from statistics. */
export type TrainedState = FedAltState | FedSelectState

export type PersonalState = TrainedState | MeansState

/** Contributions that a site's own model is made of. */
export function madeOf(personal: PersonalState): readonly string[] {
  switch (personal.method) {
    case 'fedalt':
      return personal.rest
    case 'fedselect':
      return personal.others
    case 'means':
      return personal.statistics
  }
}

/** As a trainer of the charter's adapter takes it. */
export function personalModel(personal: PersonalState): EvaluatedModel {
  switch (personal.method) {
    case 'fedalt':
      return { ...personal.state, adapterSpec: personal.mixture }
    case 'means':
      return { ...personal.state, adapterSpec: personal.merged }
    case 'fedselect':
      return personal.state
  }
}

/**
 * Whether a kept model is one of this charter, which may have been amended since.
 *
 * @throws PeermergeError ERR_PERSONAL_ADAPTER - it is of another adapter, or another method made it; the file stays as it is
 */
export function assertFits<Method extends PersonalState['method']>(
  personal: PersonalState,
  { method, adapter }: { readonly method: Method; readonly adapter: AdapterSpec },
  file: string,
): asserts personal is Extract<PersonalState, { method: Method }> {
  const own = personal.method === 'fedalt' ? personal.mixture.own : personal.adapter
  const isSame = isDeepStrictEqual(adapterSchema.parse(own), adapterSchema.parse(adapter)) // with defaults filled in
  if (isSame && personal.method === method) return
  const text = `${file}: this site's own model is one of ${personal.method} and of the adapter ${JSON.stringify(own)}, the charter says ${method} and ${JSON.stringify(adapter)}; move the file away to begin anew`
  throw new PeermergeError('ERR_PERSONAL_ADAPTER', text, { file })
}
