import { ChunkFlights } from './chunk-flights.ts'
import { ChunkKeeper } from './chunk-keeper.ts'
import { ChunkPicker } from './chunk-picker.ts'
import type { FetchOutcome, Holders, PayloadFetchInit, WantedPayload } from './fetch-types.ts'
import { HolderAnswers } from './holder-answers.ts'
import { HolderLane, type HolderLaneInit } from './holder-lane.ts'
import { HELPERS_AFTER_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import { pause } from '../wire/pause.ts'

/**
 * Pulls the chunks that are not yet in the store, rarest first, each kept durably as it comes; what a holder sent of a chunk before it
 * broke off is gone on with by the next. While one who says to hold everything gives, others are asked only when it takes long: a small
 * payload costs one stream, a large one comes from several holders, each at its own pace.
 */
export class PayloadFetch {
  readonly #init: PayloadFetchInit
  readonly #wanted: WantedPayload
  readonly #holders: Holders
  readonly #signal: AbortSignal
  readonly #keeper: ChunkKeeper
  readonly #tried = new Set<string>()
  /** Holders that are being asked; the promises never reject. */
  readonly #lanes = new Map<string, Promise<void>>()
  /** It takes long: whoever is connected may have something to give by now. */
  #isLate = false
  #failure: Error | undefined

  constructor(init: PayloadFetchInit, wanted: WantedPayload, holders: Holders, signal: AbortSignal) {
    this.#init = init
    this.#wanted = wanted
    this.#holders = holders
    this.#signal = signal
    this.#keeper = new ChunkKeeper(init, wanted)
  }

  /** Ends when all is there, or when no holder at hand has more to give for now. @throws StoreFailedError - a chunk could not be kept */
  async run(): Promise<FetchOutcome> {
    const picker = new ChunkPicker({ missing: await this.#keeper.missing(), random: this.#init.random })
    const answers = new HolderAnswers(picker)
    const ended = new AbortController()
    await this.#askAll(picker, answers, this.#becomeLate(picker, ended.signal))
    ended.abort()
    if (this.#failure !== undefined) throw this.#failure
    const { answered, isPruned } = answers
    return { isComplete: picker.missing === 0, answered, isPruned, isOffered: picker.isOffered() }
  }

  /** Resolves when more is left than came in the last while: at this pace the end is not near. Early when the signal aborts. */
  async #becomeLate(picker: ChunkPicker, signal: AbortSignal): Promise<void> {
    let before
    do {
      before = picker.missing
      await pause(this.#init.clock, HELPERS_AFTER_MS, signal)
    } while (!signal.aborted && picker.missing <= before - picker.missing)
    this.#isLate = true
  }

  /** Asks as many at once as may be, until nobody is left to ask. */
  async #askAll(picker: ChunkPicker, answers: HolderAnswers, late: Promise<unknown>): Promise<void> {
    const lane = this.#laneInit(picker, answers)
    for (;;) {
      for (let peer; this.#goesOn(picker) && (peer = this.#next(picker)) !== undefined;) {
        this.#start(new HolderLane(lane, peer), peer)
      }
      if (this.#lanes.size === 0) return
      await Promise.race(this.#isLate ? this.#lanes.values() : [...this.#lanes.values(), late])
    }
  }

  #laneInit(picker: ChunkPicker, answers: HolderAnswers): HolderLaneInit {
    const [init, wanted, keeper] = [this.#init, this.#wanted, this.#keeper]
    return {
      ...init,
      wanted,
      holders: this.#holders,
      picker,
      flights: new ChunkFlights({ ...init, wanted, keeper, picker, answers }),
      answers,
      signal: this.#signal,
      hasNext: () => this.#untried() !== undefined,
      askAgain: (peer) => this.#tried.delete(peer),
    }
  }

  #start(lane: HolderLane, peer: string): void {
    this.#tried.add(peer)
    const drained = lane.drain().catch((thrown: unknown) => {
      this.#failure ??= asError(thrown)
    })
    this.#lanes.set(
      peer,
      drained.finally(() => this.#lanes.delete(peer)),
    )
  }

  #goesOn(picker: ChunkPicker): boolean {
    const isQuiet = this.#init.isQuiet?.() === true
    return picker.missing > 0 && this.#failure === undefined && !this.#signal.aborted && !isQuiet
  }

  /** Whom to ask beside those that are being asked. */
  #next(picker: ChunkPicker): string | undefined {
    if (this.#lanes.size >= this.#init.holdersAtOnce) return undefined
    const peer = this.#untried()
    if (peer === undefined || this.#isLate) return peer
    const isServed = [...this.#lanes.keys()].some((asked) => this.#holders.holdsWhole(asked))
    if (!isServed) return peer
    return this.#holders.holdsWhole(peer) && picker.missing > this.#lanes.size ? peer : undefined
  }

  #untried(): string | undefined {
    const { book } = this.#init
    return this.#holders.inOrder().find((peer) => !this.#tried.has(peer) && !book.isAvoided(peer))
  }
}
