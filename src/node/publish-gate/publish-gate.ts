import { PublishRefusedError } from '../errors.ts'
import type { EventHub } from '../event-hub.ts'
import type { FittedSite } from '../fit-site.ts'
import type { Problems } from '../problems.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'
import { assertFinite } from '../assert-finite.ts'
import type { TrainerHost } from '../site-trainer.ts'
import { compareWithBase, type TrainedFrom } from './compare-with-base.ts'
import type { PairedTest } from './paired-test.ts'

export interface PublishGateInit {
  readonly site: Pick<FittedSite, 'charter' | 'spec' | 'config'>
  readonly trainer: Pick<TrainerHost, 'use'>
  readonly problems: Pick<Problems, 'add'>
  readonly hub: Pick<EventHub, 'emit'>
  readonly results: Pick<HeldOutResults, 'evaluate' | 'say'>
}

/** Keeps at home what would serve this site's own held-out samples worse than what it was trained from. */
export class PublishGate {
  readonly #init: PublishGateInit
  #hasTold = false

  constructor(init: PublishGateInit) {
    this.#init = init
  }

  /**
   * Resolves where it may be published. What is personal in part (`fedselect`) is judged where the site keeps a model of its own.
   *
   * @throws PublishRefusedError - reason `non-finite`; `worse-than-base`, unless the settings only warn
   */
  async check(work: TrainedFrom, signal: AbortSignal): Promise<void> {
    const { site, trainer, problems, results, hub } = this.#init
    const { charter, spec, config } = site
    assertFinite({ tensors: work.trained.adapter })
    if (spec.rule === 'fedselect' && work.isPersonal !== true) return
    const found = await trainer.use(signal, (one, options) =>
      compareWithBase(one, charter, work, options, results),
    )
    if (found === null) return this.#tellUnjudged()
    const { test, trained } = found
    results.say('trained', null, trained)
    if (!test.isWorse) return
    const text = describe(test)
    if (config.publish.worseThanBase === 'warn') {
      problems.add('worse-than-base', `published all the same: ${text}`)
      hub.emit({ type: 'publish-gate', outcome: 'forced', reason: 'worse-than-base', text })
      return
    }
    const advice =
      'look for wrong labels and broken inputs, or lower the learning rate; peermerge run --force-publish publishes it all the same'
    throw new PublishRefusedError('worse-than-base', `${text}; ${advice}`, { ...test })
  }

  #tellUnjudged(): void {
    if (this.#hasTold) return
    this.#hasTold = true
    const text = 'no samples are held out, so that contributions are published without a look at what they do to this site; set trainFraction below 1 or heldOut' // prettier-ignore
    this.#init.problems.add('not-judged', text)
  }
}

function describe({ samples, before, after, lost, gained, chance }: PairedTest): string {
  const p = chance < 0.001 ? 'less than 0.001' : chance.toFixed(3)
  return (
    `of ${samples} held-out samples ${after} are right after training and ${before} before it; ` +
    `${lost} were lost and ${gained} gained, of which chance explains ${p}`
  )
}
