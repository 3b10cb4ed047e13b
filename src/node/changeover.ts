import { PeermergeError } from '../errors.ts'
import type { Site } from './components.ts'
import type { EventHub } from './event-hub.ts'
import type { ComparedBackbone } from './fit-site.ts'
import { pinPorts } from './pin-ports.ts'
import type { Problems } from './problems.ts'
import type { SiteRun } from './site-run.ts'

/** What a run is opened with; what is left out is the home's own. */
export interface RunChoice {
  readonly founding: Site
  readonly under?: string | undefined
  readonly backbone?: ComparedBackbone | undefined
  readonly numbersFrom?: number | undefined
}

export interface ChangeoverInit {
  readonly signal: AbortSignal
  readonly hub: EventHub
  readonly problems: Problems
  run(): SiteRun | undefined
  /** The home as it is now. */
  readHome(): Promise<Site>
  /** Ends the run, when what was asked of it is done, and does this before anything else is asked. */
  between(text: string, work: () => Promise<void>): Promise<void>
  /** Opens and starts a run; what has started of one that fails is closed. */
  open(choice: RunChoice): Promise<void>
  /** Nothing runs any more, and nothing can be. */
  onLost(error: unknown): void
}

/**
 * Brings a node under the charter and the tasks of its ledger, in the way of a restart: what runs is ended, so that a training run
 * leaves its checkpoint and nothing is signed under the earlier charter any more, and opened anew. What the new charter asks of this site is
 * looked for before that, and once for each charter: a site that cannot go by it says so and goes on as before. New tasks wait until what is
 * being trained is published: that counts all the same.
 */
export class Changeover {
  readonly #init: ChangeoverInit
  /** Charters, and sets of tasks, that this site cannot go by. */
  readonly #failed = new Set<string>()
  #changing: Promise<void> | undefined

  constructor(init: ChangeoverInit) {
    this.#init = init
  }

  /** The ledger has changed, or a run has begun. */
  look(): void {
    if (this.#target() === undefined) return
    this.#changing ??= this.#changeAll().finally(() => {
      this.#changing = undefined
      this.look() // the ledger may have changed after the last look
    })
  }

  /** Resolves when none is under way; the signal must have been aborted. */
  async ended(): Promise<void> {
    await this.#changing
  }

  #target(): Target | undefined {
    const run = this.#init.run()
    if (run === undefined || this.#init.signal.aborted) return undefined
    const { charterDigest, roster, tasks } = run.site
    const { charter } = roster
    if (charter !== charterDigest && !this.#failed.has(charter)) {
      return { charter, key: charter, what: `charter ${charter}, on which the members have agreed` }
    }
    if (roster.tasks === tasks || this.#failed.has(roster.tasks) || run.parts.isTraining) return undefined
    return { charter: charterDigest, key: roster.tasks, what: `the tasks ${roster.taskNames.join(', ')}` }
  }

  async #changeAll(): Promise<void> {
    for (let target = this.#target(); target !== undefined; target = this.#target()) {
      await this.#changeTo(target, this.#init.run()!)
    }
  }

  async #changeTo(target: Target, run: SiteRun): Promise<void> {
    const before = run.site.charterDigest
    try {
      const founding = await this.#init.readHome()
      const { backbone } = await run.wouldFit(founding, target.charter)
      const isOther = target.charter !== before
      await this.#replace(run, target, { ...goingOn(run, founding), backbone, ...(!isOther && { under: before }) }) // prettier-ignore
    } catch (error) {
      this.#fail(target, before, error)
    }
  }

  async #replace(run: SiteRun, target: Target, next: RunChoice): Promise<void> {
    const before = run.site.charterDigest
    const back = { ...goingOn(run, run.founding), under: before, backbone: run.site.backbone }
    const text = `changing over to ${target.charter === before ? 'another task' : `charter ${target.charter.slice(0, 12)}`}` // prettier-ignore
    await this.#init.between(text, async () => {
      try {
        await this.#init.open(next)
        this.#tell(this.#init.run()!, run)
      } catch (error) {
        this.#fail(target, before, error)
        await this.#goBack(isListening(error) ? { ...back, founding: run.founding } : back)
      }
    })
  }

  #tell({ site }: SiteRun, { site: before }: SiteRun): void {
    const { hub } = this.#init
    const charter = site.charterDigest
    if (charter !== before.charterDigest) hub.emit({ type: 'charter', charter, before: before.charterDigest })
    if (site.tasks !== before.tasks) hub.emit({ type: 'tasks', tasks: site.roster.taskNames })
  }

  async #goBack(choice: RunChoice): Promise<void> {
    if (this.#init.signal.aborted) return
    try {
      await this.#init.open(choice)
    } catch (error) {
      this.#init.onLost(error)
    }
  }

  #fail({ key, what }: Target, before: string, error: unknown): void {
    if (this.#init.signal.aborted) return
    this.#failed.add(key)
    const why = error instanceof PeermergeError ? error.message : String(error)
    const text = `this site cannot go by ${what}, and goes on under ${before}: ${why}; put that right and start the node again`
    this.#init.problems.add('changeover-failed', text)
  }
}

/** What the ledger says and a run does not go by. */
interface Target {
  /** Digest. */
  readonly charter: string
  readonly key: string
  /** In words. */
  readonly what: string
}

/** What of a run the next one goes on with: its ports, where the settings leave them open, and its sequence numbers. */
function goingOn({ parts }: SiteRun, founding: Site): RunChoice {
  const { config } = founding
  const { numbersFrom } = parts
  if (config.announce.length > 0) return { founding, numbersFrom } // who announces addresses has chosen the ports
  const listen = [...pinPorts(config.listen, parts.network.addresses())]
  return { founding: { ...founding, config: { ...config, listen } }, numbersFrom }
}

/** Somebody else has taken the port meanwhile. */
function isListening(error: unknown): boolean {
  return error instanceof PeermergeError && ['ERR_PORT_IN_USE', 'ERR_LISTEN'].includes(error.code)
}
