import { backoffMs } from '../wire/backoff.ts'
import { MAX_FETCHES, REFETCH_MS, REJUDGE_MAX_MS, REJUDGE_MIN_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import { Limiter } from '../wire/limiter.ts'
import { openEnvelope } from '../contributions/open-envelope.ts'
import type { ContributionJudge, GossipStore, Logger, Verdict } from '../types.ts'
import type { Clock } from '../wire/clock.ts'

export interface PayloadJobsInit {
  readonly consortium: string
  readonly store: Pick<GossipStore, 'getEnvelope'>
  readonly judge: Pick<ContributionJudge, 'judgePayload'>
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: () => number
  /** Ids whose payload is not yet judged. */
  unsettled(): readonly string[]
  /** Fetches what is missing; returns whether all chunks are here. */
  fetch(id: string, chunks: readonly string[]): Promise<boolean>
  /** A final verdict, already durable. */
  onSettled(id: string, verdict: Extract<Verdict, { kind: 'accept' | 'reject' }>): void
}

/**
 * Brings every kept contribution to its verdict: fetch, then judge; again after a pause if chunks are still missing or the
 * judge holds it. Nothing is lost by stopping: after a restart the same ids are unsettled.
 */
export class PayloadJobs {
  readonly #init: PayloadJobsInit
  readonly #running = new Map<string, Promise<void>>()
  readonly #rejudge = new Map<string, { attempts: number; notBefore: number }>()
  readonly #limiter = new Limiter(MAX_FETCHES)
  #cancel: (() => void) | undefined

  constructor(init: PayloadJobsInit) {
    this.#init = init
  }

  /** Starts a job for everything unsettled that has none. */
  resume(): void {
    if (this.#isStopping()) return
    const now = this.#init.clock.now()
    for (const id of this.#init.unsettled()) {
      if (this.#running.has(id) || now < (this.#rejudge.get(id)?.notBefore ?? 0)) continue
      const job = this.#limiter.run(() => this.#run(id)).finally(() => this.#running.delete(id))
      this.#running.set(id, job)
    }
  }

  /** Something new is known: what the judge held may be decided now. */
  rejudge(): void {
    this.#rejudge.clear()
    this.resume()
  }

  /** Resolves when the running jobs have ended; the signal must have been aborted. */
  async stop(): Promise<void> {
    this.#cancel?.()
    await Promise.all(this.#running.values())
  }

  async #run(id: string): Promise<void> {
    if (this.#isStopping()) return
    try {
      const chunks = await this.#chunksOf(id)
      if (await this.#init.fetch(id, chunks)) await this.#judge(id)
      else this.#later(REFETCH_MS)
    } catch (thrown) {
      if (this.#isStopping()) return
      this.#init.logger.error(
        { id, err: asError(thrown) },
        'a contribution could not be settled; it is tried again',
      )
      this.#holdBack(id)
    }
  }

  async #chunksOf(id: string): Promise<readonly string[]> {
    const envelope = await this.#init.store.getEnvelope(id)
    if (envelope === undefined) throw new Error(`the store lists ${id} but has no envelope of it`)
    return (await openEnvelope(envelope, this.#init.consortium)).header.payload.chunks
  }

  async #judge(id: string): Promise<void> {
    const verdict = await this.#init.judge.judgePayload(id)
    if (verdict.kind === 'hold') {
      this.#holdBack(id)
      return
    }
    this.#rejudge.delete(id)
    this.#init.onSettled(id, verdict)
  }

  #holdBack(id: string): void {
    const attempts = this.#rejudge.get(id)?.attempts ?? 0
    const wait = backoffMs(attempts, REJUDGE_MIN_MS, REJUDGE_MAX_MS, () => this.#init.random())
    this.#rejudge.set(id, { attempts: attempts + 1, notBefore: this.#init.clock.now() + wait })
    this.#later(wait)
  }

  #isStopping(): boolean {
    return this.#init.signal.aborted
  }

  #later(ms: number): void {
    if (this.#cancel !== undefined || this.#isStopping()) return
    this.#cancel = this.#init.clock.after(ms, () => {
      this.#cancel = undefined
      this.resume()
    })
  }
}
