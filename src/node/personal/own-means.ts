import { join } from 'node:path'
import type { LabelledFeatures, MergeResult } from '../../merge/index.ts'
import type { FittedSite } from '../fit-site.ts'
import { filesOf, type MergeClient } from '../merge-client.ts'
import type { NewestMerge } from '../merge-source.ts'
import type { Problems } from '../problems.ts'
import { scoresMerges } from '../scores/scores-merges.ts'
import { readServing } from '../serving/served-model.ts'
import type { NodeStore } from '../types.ts'
import { savePersonal } from './personal-file.ts'
import type { MeansRules } from './personal-rules.ts'
import { personalModel, type MeansState } from './personal-state.ts'
import { compareOwn, offer, tellComparison, type TellPersonalInit } from './tell-personal.ts'

export interface OwnMeansInit extends TellPersonalInit {
  readonly site: FittedSite
  readonly store: Pick<NodeStore, 'get' | 'pathsOf'>
  readonly merges: Pick<MergeClient, 'own'>
  readonly problems: Pick<Problems, 'add'>
  readonly rules: MeansRules
  readonly signal: AbortSignal
}

/** A temperature is one number: more samples than these make it no better. */
const SAMPLES = 512

/**
 * A site's own classifier on the merge's adapter, with its own class means: made anew of every merge, from statistics that are there anyway,
 * and kept in `personal.safetensors`. Nothing is trained for it, and nothing sent. Where it has fewer of the site's held-out samples right than
 * the merge's own classifier, the merge is offered to be served in its place, until own means of a newer merge have as many.
 */
export class OwnMeans {
  readonly #init: OwnMeansInit
  #hasTold = false

  constructor(init: OwnMeansInit) {
    this.#init = init
  }

  /** Says so where settings leave nothing to compare by: then no merge is scored, and none of this is done. A site that only listens has no statistics anyway. */
  open(): void {
    const { config } = this.#init.site
    if (config.contribute && !scoresMerges(config)) this.#tellUncompared()
  }

  /** Of a merge that counts no statistics of this site there are no own means: it is offered in place of what is served, if anything is. @throws CorruptChunkError, WorkerCrashedError */
  async renew(merge: NewestMerge): Promise<void> {
    const { site, signal } = this.#init
    const personal = await this.#solve(merge)
    if (personal === undefined) return await this.#withoutOwn(merge)
    await savePersonal(site.paths.personal, personal)
    const found = await compareOwn(this.#init, { personal: personalModel(personal), merged: merge.result }, signal) // prettier-ignore
    if (found === null) return this.#tellUncompared()
    const offered = found.personal < found.merged! ? 'merged' : 'personal'
    if (offered === 'personal') await offer(this.#init, personalModel(personal))
    else await this.#offerMerge(merge, `in place of own class means, which have ${found.personal}`)
    tellComparison(this.#init, found, { personal, renewal: null, offered })
  }

  async #withoutOwn(merge: NewestMerge): Promise<void> {
    if ((await readServing(this.#init.site.paths.served)) === undefined) return // the newest merge answers anyway
    await this.#offerMerge(
      merge,
      'it counts no statistics of this site, so that there are no own class means of it',
    )
  }

  async #solve({ result, summary }: NewestMerge): Promise<MeansState | undefined> {
    const { site, store, merges, rules, signal } = this.#init
    const counted = summary.cut.flatMap((id) => store.get(id) ?? [])
    const statistics = counted.filter(({ header }) => header.kind === 'statistics')
    const { strength, prior, method } = rules
    const samples = prior === undefined ? undefined : await this.#samples(result)
    const own = await merges.own(
      {
        statistics: statistics.map((kept) => filesOf(store, kept)),
        own: { peer: site.identity.peer, strength, samples },
      },
      { signal },
    )
    if (own === null) return undefined
    const { adapter, adapterSpec: merged } = result
    const { classifier, temperature, ids } = own
    return {
      method,
      state: { adapter, classifier },
      adapter: site.spec.adapter,
      merged,
      base: summary.digest,
      strength: own.strength,
      temperature,
      statistics: ids,
    }
  }

  /** Own samples under the merge's adapter, spread over all there are; undefined where there are none any more. */
  async #samples({ adapter, adapterSpec }: MergeResult): Promise<LabelledFeatures | undefined> {
    const { trainer, signal } = this.#init
    return await trainer.use(signal, async (one, work) => {
      const { count } = one.sites[0]!.train
      if (count === 0) return undefined
      const samples = Array.from({ length: Math.min(count, SAMPLES) }, (_, i) =>
        Math.floor((i * count) / Math.min(count, SAMPLES)),
      )
      return await one.features(adapter, 'train', { ...work, adapterSpec, samples })
    })
  }

  async #offerMerge({ result, summary: { digest } }: NewestMerge, why: string): Promise<void> {
    const { site, serving } = this.#init
    const file = join(site.paths.merges, `${digest}.safetensors`)
    await serving.consider({ kind: 'merged', digest, file, model: result, inPlaceOf: { kind: 'personal', why } }) // prettier-ignore
  }

  #tellUncompared(): void {
    if (this.#hasTold) return
    this.#hasTold = true
    const text = 'own class means are not compared with the merge’s own classifier, as no samples are held out, or merges are not scored; the newest merge answers until a person chooses (trainFraction below 1, heldOut, scoreMerges)' // prettier-ignore
    this.#init.problems.add('means-not-compared', text)
  }
}
