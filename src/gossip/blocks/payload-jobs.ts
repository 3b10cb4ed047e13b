import { backoffMs } from '../wire/backoff.ts'
import { REFETCH_MAX_MS, REFETCH_MIN_MS, REJUDGE_MAX_MS, REJUDGE_MIN_MS, VAIN_FETCHES } from '../constants.ts'
import { PeermergeError } from '../../errors.ts'
import { asError } from '../errors.ts'
import { Limiter } from '../wire/limiter.ts'
import type { ContributionJudge, Logger, PayloadSpace, Verdict } from '../types.ts'
import type { Clock } from '../wire/clock.ts'
import type { FetchOutcome } from './fetch-types.ts'

export interface PayloadJobsInit {
  readonly judge: Pick<ContributionJudge, 'judgePayload' | 'letGo'>
  readonly space?: PayloadSpace | undefined
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Whether nothing is fetched for now. @default never */
  readonly isQuiet?: (() => boolean) | undefined
  readonly clock: Clock
  readonly random: () => number
  /** Payloads at once. */
  readonly atOnce: number
  /** Ids whose payload is not yet judged. */
  unsettled(): readonly string[]
  connectedPeers(): readonly string[]
  /** Fetches what is missing. */
  fetch(id: string): Promise<FetchOutcome>
  /** A final verdict, already durable. */
  onSettled(id: string, verdict: Extract<Verdict, { kind: 'accept' | 'reject' }>): void
  /** Superseded, and nobody has it any more; already durable. */
  onLetGo(id: string): void
  /** What stands in the way; told once for each contribution and code. */
  onHeldUp(id: string, error: PeermergeError): void
}

/** What is remembered of a contribution that could not be settled yet. */
interface Pending {
  attempts: number
  notBefore: number
  /** It waits for chunks, and not for the judge or the disk. */
  isFetch: boolean
  /** Fetches in a row in which nobody had anything of it. */
  vain: number
  /** Code of the error that was told. */
  told?: string
}

/**
 * Brings every kept contribution to its verdict: room on the disk, fetch, judge; again after a pause where something is missing or the
 * judge holds it. Nothing is lost by stopping: after a restart the same ids are unsettled.
 */
export class PayloadJobs {
  readonly #init: PayloadJobsInit
  readonly #running = new Map<string, Promise<void>>()
  readonly #pending = new Map<string, Pending>()
  readonly #limiter: Limiter
  #cancel: (() => void) | undefined
  #wakesAt = Infinity

  constructor(init: PayloadJobsInit) {
    this.#init = init
    this.#limiter = new Limiter(init.atOnce)
  }

  /** Starts a job for everything unsettled that has none and is not waiting. */
  resume(): void {
    if (this.#isStopping() || this.#init.isQuiet?.() === true) return
    const now = this.#init.clock.now()
    for (const id of this.#init.unsettled()) {
      if (this.#running.has(id) || now < (this.#pending.get(id)?.notBefore ?? 0)) continue
      const job = this.#limiter.run(() => this.#run(id)).finally(() => this.#running.delete(id))
      this.#running.set(id, job)
    }
  }

  /** Somebody may have more to give: of one contribution, or of all. */
  wake(id?: string): void {
    for (const [pending, state] of this.#pending) {
      if ((id === undefined || id === pending) && state.isFetch) state.notBefore = 0
    }
    this.resume()
  }

  /** Something new is known: what the judge held may be decided now. */
  rejudge(): void {
    for (const state of this.#pending.values()) if (!state.isFetch) state.notBefore = 0
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
      const outcome = await this.#fetch(id)
      if (outcome.isComplete) await this.#judge(id)
      else await this.#missed(id, outcome)
    } catch (thrown) {
      if (this.#isStopping()) return
      const error = asError(thrown)
      this.#init.logger.error({ id, err: error }, 'a contribution could not be settled; it is tried again')
      const pending = this.#holdBack(id, false)
      if (!(error instanceof PeermergeError) || pending.told === error.code) return
      pending.told = error.code
      this.#init.onHeldUp(id, error)
    }
  }

  async #fetch(id: string): Promise<FetchOutcome> {
    const release = await this.#init.space?.reserve(id)
    try {
      return await this.#init.fetch(id)
    } finally {
      release?.()
    }
  }

  async #judge(id: string): Promise<void> {
    const verdict = await this.#init.judge.judgePayload(id)
    if (verdict.kind === 'hold') {
      this.#holdBack(id, false)
      return
    }
    this.#pending.delete(id)
    this.#init.onSettled(id, verdict)
  }

  /** Chunks are still missing: later again, unless everybody was asked in vain for what newer ones supersede. */
  async #missed(id: string, { answered, isOffered, isPruned }: FetchOutcome): Promise<void> {
    const pending = this.#holdBack(id, true)
    const connected = this.#init.connectedPeers()
    const isVain = !isOffered && connected.length > 0 && connected.every((peer) => answered.has(peer))
    pending.vain = isVain ? pending.vain + 1 : 0
    if (!isVain) pending.attempts = 0 // who broke off or has just begun to fetch it may soon give more
    if (!isVain || (!isPruned && pending.vain < VAIN_FETCHES)) return
    if ((await this.#init.judge.letGo?.(id, isPruned)) !== true) return
    this.#pending.delete(id)
    this.#init.onLetGo(id)
  }

  #holdBack(id: string, isFetch: boolean): Pending {
    const pending = this.#pending.get(id) ?? { attempts: 0, notBefore: 0, isFetch, vain: 0 }
    if (pending.isFetch !== isFetch) pending.attempts = 0
    const [min, max] = isFetch ? [REFETCH_MIN_MS, REFETCH_MAX_MS] : [REJUDGE_MIN_MS, REJUDGE_MAX_MS]
    const wait = backoffMs(pending.attempts, min, max, () => this.#init.random())
    pending.attempts++
    pending.isFetch = isFetch
    pending.notBefore = this.#init.clock.now() + wait
    this.#pending.set(id, pending)
    this.#later(pending.notBefore)
    return pending
  }

  #isStopping(): boolean {
    return this.#init.signal.aborted
  }

  /** One timer, for the earliest. */
  #later(at: number): void {
    if (this.#isStopping() || this.#wakesAt <= at) return
    this.#cancel?.()
    this.#wakesAt = at
    this.#cancel = this.#init.clock.after(Math.max(0, at - this.#init.clock.now()), () => {
      this.#wakesAt = Infinity
      this.#cancel = undefined
      this.resume()
      this.#nextTimer()
    })
  }

  #nextTimer(): void {
    const now = this.#init.clock.now()
    const unsettled = new Set(this.#init.unsettled())
    for (const [id, { notBefore }] of this.#pending) {
      if (!unsettled.has(id)) this.#pending.delete(id)
      else if (notBefore > now) this.#later(notBefore)
    }
  }
}
