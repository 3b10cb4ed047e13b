import { filesOf, type MergeClient } from '../merge-client.ts'
import type { NewestMerge } from '../merge-source.ts'
import type { NodeStore } from '../types.ts'
import { savePersonal } from './personal-file.ts'
import type { MeansRules } from './personal-rules.ts'
import { tellPersonal, type TellPersonalInit } from './tell-personal.ts'
import type { FittedSite } from '../fit-site.ts'

export interface OwnMeansInit extends TellPersonalInit {
  readonly site: FittedSite
  readonly store: Pick<NodeStore, 'get' | 'pathsOf'>
  readonly merges: Pick<MergeClient, 'own'>
  readonly rules: MeansRules
  readonly signal: AbortSignal
}

/**
 * A site's own classifier on the merge's adapter, with its own class means: made anew of every merge, from statistics that are there anyway,
 * and kept in `personal.safetensors`. Nothing is trained for it, and nothing sent.
 */
export class OwnMeans {
  readonly #init: OwnMeansInit

  constructor(init: OwnMeansInit) {
    this.#init = init
  }

  /** Does nothing where the merge counts no statistics of this site. @throws CorruptChunkError, WorkerCrashedError */
  async renew({ result, summary }: NewestMerge): Promise<void> {
    const { site, store, merges, rules, signal } = this.#init
    const { strength, method } = rules
    const counted = summary.cut.flatMap((id) => store.get(id) ?? [])
    const statistics = counted.filter(({ header }) => header.kind === 'statistics')
    const job = { statistics: statistics.map((kept) => filesOf(store, kept)), peer: site.identity.peer, strength } // prettier-ignore
    const own = await merges.own(job, { signal })
    if (own === null) return
    const { adapter, adapterSpec: merged } = result
    const state = { adapter, classifier: own.classifier }
    const personal = { method, state, adapter: site.spec.adapter, merged, base: summary.digest, strength, statistics: own.ids } // prettier-ignore
    await savePersonal(site.paths.personal, personal)
    await tellPersonal(this.#init, personal, signal)
  }
}
