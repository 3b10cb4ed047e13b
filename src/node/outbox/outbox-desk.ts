import { SerialQueue } from '../../gossip/records.ts'
import type { AssembledContribution } from '../assemble-contribution.ts'
import type { EventHub } from '../event-hub.ts'
import type { HomePaths } from '../home.ts'
import type { Problems } from '../problems.ts'
import { Outbox, type HeldAbout } from './outbox.ts'
import type { OutboxItem } from './outbox-item.ts'
import { outboxEvent } from './outbox-event.ts'
import { reportOf, type OutboxReport } from './outbox-report.ts'

export interface OutboxDeskInit {
  readonly paths: Pick<HomePaths, 'outbox'>
  readonly hub: Pick<EventHub, 'emit'>
  readonly problems: Pick<Problems, 'failed'>
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
}

/** Who may say what becomes of a contribution, and why; ends up in the audit log. */
export interface Word {
  readonly by: string
  readonly reason: string
}

/** The outbox of a node that runs: whatever becomes of a contribution is told, also what was decided while no node ran. */
export class OutboxDesk {
  readonly #outbox: Outbox
  readonly #init: OutboxDeskInit
  readonly #lapsing = new Set<string>()
  readonly #telling = new SerialQueue()
  #onChanged: () => void = () => undefined

  /** @throws InvalidFileError, MalformedError - a record is none */
  static async open(init: OutboxDeskInit): Promise<OutboxDesk> {
    const desk = new OutboxDesk(await Outbox.open(init.paths), init)
    await desk.#outbox.tidy()
    return desk
  }

  private constructor(outbox: Outbox, init: OutboxDeskInit) {
    this.#outbox = outbox
    this.#init = init
  }

  /** From now on told when there is something else to do. */
  async follow(onChanged: () => void): Promise<void> {
    this.#onChanged = onChanged
    await this.#tellDecisions()
  }

  list(...states: readonly OutboxItem['state'][]): readonly OutboxItem[] {
    return this.#outbox.list(...states)
  }

  get(id: string): OutboxItem | undefined {
    return this.#outbox.get(id)
  }

  refused(work: string): OutboxItem | undefined {
    return this.#outbox.refused(work)
  }

  pathsOf(digests: readonly string[]): readonly string[] {
    return this.#outbox.pathsOf(digests)
  }

  payloadOf(item: OutboxItem): Promise<Uint8Array> {
    return this.#outbox.payloadOf(item)
  }

  keepChunks(assembled: Pick<AssembledContribution, 'header' | 'payload'>): Promise<void> {
    return this.#outbox.keepChunks(assembled)
  }

  renumber(id: string, sequence: number): Promise<OutboxItem> {
    return this.#outbox.renumber(id, sequence)
  }

  async hold(
    assembled: Omit<AssembledContribution, 'payload'>,
    about: Omit<HeldAbout, 'heldAt'>,
  ): Promise<void> {
    await this.#outbox.hold(assembled, { ...about, heldAt: this.#init.wallNow() })
    this.#init.hub.emit(outboxEvent(this.#outbox.get(assembled.id)!))
    this.#onChanged()
  }

  /** A person's word. @throws PeermergeError ERR_OUTBOX - it is not held, or not any more */
  async decide(id: string, state: 'released' | 'refused', word: Word): Promise<OutboxReport> {
    const item = await this.#outbox.decide(id, state, { ...word, at: this.#init.wallNow() })
    await this.#tellDecisions()
    this.#onChanged()
    return reportOf(item)
  }

  /** It can be of no use to anybody any more. */
  lapse(id: string, reason: string): void {
    if (this.#lapsing.has(id)) return
    this.#lapsing.add(id)
    this.#outbox
      .lapse(id, reason, this.#init.wallNow())
      .then(() => this.#tellDecisions())
      .catch((error: unknown) => this.#init.problems.failed('outbox', error))
      .finally(() => {
        this.#lapsing.delete(id)
        this.#onChanged()
      })
  }

  async done(id: string): Promise<void> {
    await this.#outbox.done(id)
    this.#onChanged()
  }

  /** One after another, so that each is told once. */
  #tellDecisions(): Promise<void> {
    return this.#telling.run(async () => {
      for (const item of this.#outbox.list().filter(({ isTold }) => !isTold)) {
        this.#init.hub.emit(outboxEvent(item))
        await this.#outbox.told(item.id)
      }
    })
  }
}
