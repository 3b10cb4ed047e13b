import type { Problems } from '../problems.ts'
import type { OwnModel, OwnProgress } from '../schedule/site-training.ts'
import { assertFinite } from '../assert-finite.ts'
import type { ModelComparison, Renewal } from './compare-models.ts'
import type { KeptModel } from './kept-model.ts'
import { madeOf, personalModel, type TrainedState } from './personal-state.ts'
import { compareOwn, namesOf, offer, tellComparison, type TellPersonalInit } from './tell-personal.ts'

export interface RenewedModelInit<Model extends TrainedState> extends TellPersonalInit {
  readonly problems: Pick<Problems, 'failed'>
  readonly kept: Pick<KeptModel<Model['method']>, 'progress' | 'save' | 'decline'> & {
    load(): Promise<Model | undefined>
  }
  /** The model after one epoch from what it is, beside what others have published by now; nothing is kept yet. */
  readonly again: (before: Model, signal: AbortSignal) => Promise<Model>
}

/**
 * Goes on with a site's own model beside what the others have published since its last training. The new one is kept where it has at least as
 * many of the held-out samples right; else all stays as it was. Where the model before was made of contributions that have been withdrawn or
 * whose author was removed, the new one takes its place in any case, and so it does where nothing is held out.
 */
export class RenewedModel<Model extends TrainedState> implements OwnModel {
  readonly #init: RenewedModelInit<Model>

  constructor(init: RenewedModelInit<Model>) {
    this.#init = init
  }

  get progress(): OwnProgress | undefined {
    return this.#init.kept.progress
  }

  async open(): Promise<void> {
    const { kept, problems } = this.#init
    await kept.load().catch((error: unknown) => problems.failed('personal', error))
  }

  async renew(met: readonly string[], signal: AbortSignal): Promise<void> {
    const { kept, again, merge } = this.#init
    const before = await kept.load()
    if (before === undefined) return
    const next = { ...(await again(before, signal)), met }
    assertFinite({ tensors: next.state.adapter })
    const models = { personal: personalModel(next), before: personalModel(before), merged: merge.newest?.result } // prettier-ignore
    const found = await compareOwn(this.#init, models, signal)
    const gone = goneFrom(this.#init, before)
    const outcome = judge(found, gone)
    if (outcome === 'declined') await kept.decline(before, met)
    else await kept.save(next)
    if (found === null) return
    const offered = outcome === 'declined' ? null : 'personal'
    if (offered !== null) await offer(this.#init, models.personal)
    const renewal = { outcome, before: found.before!, gone: namesOf(this.#init, gone) }
    tellComparison(this.#init, found, { personal: next, renewal, offered })
  }
}

function judge(
  found: (ModelComparison & { readonly before: number | null }) | null,
  gone: readonly string[],
): Renewal['outcome'] {
  if (found === null || found.personal >= found.before!) return 'taken'
  return gone.length > 0 ? 'obliged' : 'declined'
}

/** Of what a model is made of, contributions that count no more; superseded ones do. */
function goneFrom(
  { store, site }: Pick<TellPersonalInit, 'store' | 'site'>,
  before: TrainedState,
): readonly string[] {
  return madeOf(before).filter((id) => {
    const header = store.get(id)?.header
    return header !== undefined && !site.roster.counts(header)
  })
}
