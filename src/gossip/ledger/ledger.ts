import { EventEmitter } from 'node:events'
import { PeermergeError } from '../../errors.ts'
import { MAX_FOLD_PAUSE_MS, MAX_PARENTS, MAX_REFUSED } from '../constants.ts'
import { asError, RefusedError, StoreFailedError } from '../errors.ts'
import { BoundedMap } from '../wire/bounded-map.ts'
import { systemClock, type Clock } from '../wire/clock.ts'
import { SerialQueue } from '../wire/serial-queue.ts'
import { causalClosure } from './causal-closure.ts'
import { EntryRules } from './entry-rules.ts'
import { foldLedger } from './fold-ledger.ts'
import type { LedgerEvents, LedgerInit, StatementReceipt } from './ledger-types.ts'
import { LedgerView } from './ledger-view.ts'
import { openStatement, signStatement } from './statement.ts'
import type { Action, Genesis, LedgerState, OpenedStatement } from './types.ts'
import { WaitingRoom } from './waiting-room.ts'

interface Arrival {
  readonly opened: OpenedStatement
  readonly bearer: string
  readonly settle: (receipt: StatementReceipt) => void
  readonly fail: (error: unknown) => void
}

/**
 * The statements that this node holds, what they say, and the one way in:
 * size → decode → signature → parents → known author → ceilings → durable → counted.
 */
export class Ledger {
  readonly events = new EventEmitter<LedgerEvents>()
  readonly genesis: Genesis
  readonly #init: LedgerInit
  readonly #clock: Clock
  readonly #view: LedgerView
  readonly #rules: EntryRules
  readonly #waiting = new WaitingRoom()
  readonly #refused = new BoundedMap<string, string>(MAX_REFUSED)
  readonly #work = new SerialQueue()
  #arrivals: Arrival[] = []
  #unsaved: OpenedStatement[] = []
  #state: LedgerState
  #nextFold = -Infinity
  #cancelFold: (() => void) | undefined

  /** @throws whatever the store throws */
  static async open(init: LedgerInit): Promise<Ledger> {
    const ledger = new Ledger(init)
    await ledger.#load()
    return ledger
  }

  private constructor(init: LedgerInit) {
    this.#init = init
    this.#clock = init.clock ?? systemClock
    this.genesis = init.genesis
    this.#view = new LedgerView(init.genesis)
    this.#rules = new EntryRules(init.genesis)
    this.#state = this.#view.state()
  }

  /** What all that is here says. While thousands of statements come in it may be up to a second old. */
  get state(): LedgerState {
    return this.#state
  }

  get waiting(): number {
    return this.#waiting.size
  }

  isMember(peer: string): boolean {
    return this.#state.members.has(peer)
  }

  has(id: string): boolean {
    return this.#view.index.has(id)
  }

  /** Neither here nor refused for good. */
  wants(id: string): boolean {
    if (this.has(id) || this.#waiting.has(id)) return false
    return !this.#refused.has(id) || this.#waiting.isWanted(id)
  }

  /** All statements, parents before their children. */
  statements(): readonly OpenedStatement[] {
    return this.#view.index.statements
  }

  get(id: string): OpenedStatement | undefined {
    const number = this.#view.index.numberOf(id)
    return number === undefined ? undefined : this.#view.index.statements[number]
  }

  /** Takes what `bearer` brought. Resolves when it is on disk, or known not to be. @throws StoreFailedError */
  async enter(bytes: Uint8Array, bearer: string): Promise<StatementReceipt> {
    try {
      return await this.accept(await this.open(bytes), bearer)
    } catch (thrown) {
      if (!(thrown instanceof RefusedError)) throw thrown
      return { kind: 'refused', reason: thrown.reason }
    }
  }

  /** @throws RefusedError - for bytes that are no statement of this consortium, whoever brings them */
  open(bytes: Uint8Array): Promise<OpenedStatement> {
    return openStatement(bytes, this.genesis.consortium)
  }

  /** For a statement already opened. @throws StoreFailedError - it could not be kept */
  accept(opened: OpenedStatement, bearer: string): Promise<StatementReceipt> {
    return new Promise((settle, fail) => {
      this.#arrivals.push({ opened, bearer, settle, fail })
      void this.#work.run(() => this.#takeArrivals())
    })
  }

  /**
   * Says something in the name of this node, with all that is here in mind. Resolves when it is on disk.
   *
   * @throws PeermergeError ERR_NO_EFFECT - it would change nothing; nothing has been said. StoreFailedError, RefusedError
   * @throws Error - what `checkCharter` throws
   */
  sign(action: Action): Promise<OpenedStatement> {
    return this.#work.run(async () => {
      const { identity } = this.#init
      const statement = {
        v: 1,
        consortium: this.genesis.consortium,
        author: identity.peer,
        parents: this.#parents(identity.peer),
        action,
      } as const
      if (action.type === 'amend') this.#init.checkCharter(action.charter)
      const opened = await signStatement(statement, identity)
      this.#assertEffect(opened)
      this.#enter(opened)
      await this.#save()
      this.events.emit('entered', opened, identity.peer)
      this.#fold()
      return opened
    })
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#work.idle()
    this.#cancelFold?.()
  }

  async #load(): Promise<void> {
    const kept: OpenedStatement[] = []
    for (const bytes of await this.#init.store.load()) {
      try {
        kept.push(await this.open(bytes))
      } catch (thrown) {
        this.#init.logger.warn({ err: asError(thrown) }, 'a kept statement does not hold and is left out')
      }
    }
    for (const opened of causalClosure(kept).statements) this.#enter(opened)
    this.#unsaved = [] // they came from there
    this.#fold()
  }

  async #takeArrivals(): Promise<void> {
    const arrivals = this.#arrivals
    this.#arrivals = []
    const entered: [OpenedStatement, string][] = []
    const receipts = arrivals.map(({ opened, bearer }) =>
      this.#place(opened, bearer, (one, from) => entered.push([one, from])),
    )
    try {
      await this.#save()
    } catch (error) {
      for (const { fail } of arrivals) fail(error)
      return
    }
    for (const [opened, bearer] of entered) this.events.emit('entered', opened, bearer)
    if (entered.length > 0) this.#refresh()
    arrivals.forEach(({ settle }, i) => settle(receipts[i]!))
  }

  /** Puts a statement, and what has waited for it, into the set; the disk comes after. */
  #place(
    opened: OpenedStatement,
    bearer: string,
    onEntered: (opened: OpenedStatement, bearer: string) => void,
  ): StatementReceipt {
    const { id } = opened
    if (this.has(id)) return { kind: 'known', id }
    const [missing] = this.#view.index.missingParents(opened)
    if (missing !== undefined) {
      this.#waiting.put(opened, bearer, missing)
      return { kind: 'waiting', id }
    }
    const reason =
      this.#rules.objection(opened, this.#view.index, this.#waiting.isWanted(id)) ??
      this.#objectionToCharter(opened)
    if (reason !== null) {
      this.#refused.set(id, reason)
      return { kind: 'refused', id, reason }
    }
    this.#enter(opened)
    onEntered(opened, bearer)
    for (const child of this.#waiting.take(id)) this.#place(child.opened, child.bearer, onEntered)
    return { kind: 'kept', id }
  }

  #enter(opened: OpenedStatement): void {
    this.#rules.entered(opened, this.#view.index.size)
    this.#view.add(opened)
    this.#unsaved.push(opened)
  }

  async #save(): Promise<void> {
    if (this.#unsaved.length === 0) return
    try {
      await this.#init.store.append(this.#unsaved)
      this.#unsaved = []
    } catch (cause) {
      throw new StoreFailedError(`${this.#unsaved.length} statement(s)`, { cause })
    }
  }

  /** A fold that took long is not repeated at once: thousands of statements may be on their way. */
  #refresh(): void {
    const pause = this.#nextFold - this.#clock.now()
    if (pause <= 0) this.#fold()
    else this.#cancelFold ??= this.#clock.after(pause, () => this.#fold())
  }

  #fold(): void {
    this.#cancelFold?.()
    this.#cancelFold = undefined
    const since = this.#clock.now()
    const { head } = this.#state
    this.#state = this.#view.state()
    const now = this.#clock.now()
    this.#nextFold = now + Math.min(now - since, MAX_FOLD_PAUSE_MS)
    if (this.#state.head !== head) this.events.emit('changed')
  }

  #parents(author: string): string[] {
    const { index } = this.#view
    const heads = index.heads().slice(0, MAX_PARENTS)
    const own = index.statements.findLastIndex(({ statement }) => statement.author === author)
    if (own === -1 || index.isKnownFrom(heads, [own])) return heads
    return [...heads.slice(1), index.statements[own]!.id].sort()
  }

  #assertEffect(opened: OpenedStatement): void {
    const reason =
      this.#rules.objection(opened, this.#view.index, false) ??
      foldLedger(this.genesis, [...this.statements(), opened]).void.get(opened.id)
    if (reason === undefined) return
    const { type } = opened.statement.action
    const where = type === 'task' ? 'task list' : 'members'
    const problem = `${type}: it would change nothing (${reason}); look at peermerge ${where}`
    throw new PeermergeError('ERR_NO_EFFECT', problem, { type, reason })
  }

  /** Who brought it has other rules, or none; that is no reason to think ill of it. */
  #objectionToCharter({ id, statement: { action } }: OpenedStatement): string | null {
    if (action.type !== 'amend') return null
    try {
      this.#init.checkCharter(action.charter)
      return null
    } catch (thrown) {
      this.#init.logger.warn(
        { id, err: asError(thrown) },
        'an amendment brings something that is no charter here',
      )
      return 'charter-invalid'
    }
  }
}
