import { KERNEL_VERSION } from '../../merge/index.ts'
import type { ReachHost } from '../host/attempt.ts'
import type { AddressBook } from '../links/address-book.ts'
import { onViolation, type NetworkContext } from '../network-context.ts'
import { examine, type ReachFacts } from './examine.ts'
import { PROBES } from './probe-messages.ts'
import { ProbeServer } from './probe-server.ts'
import { Reachability } from './reachability.ts'

/** All that a node does about who can reach whom: probes for others, its own reachability, and diagnosis. */
export class ReachService {
  readonly #context: NetworkContext
  readonly #reach: ReachHost
  readonly #book: AddressBook
  readonly #server: ProbeServer
  readonly #reachability: Reachability

  constructor(context: NetworkContext, reach: ReachHost, book: AddressBook) {
    this.#context = context
    this.#reach = reach
    this.#book = book
    this.#server = this.#createServer()
    this.#reachability = new Reachability({ ...context, reach, isSomeoneApart: () => this.#isSomeoneApart() })
  }

  /** Before the host starts. */
  async serve(): Promise<void> {
    await this.#context.host.handle(PROBES, (frames, peer) => this.#server.serve(frames, peer))
  }

  met(): void {
    if ((this.#context.reachable ?? 'auto') === 'auto') this.#reachability.met()
  }

  async stop(): Promise<void> {
    await this.#reachability.stop()
  }

  examine(members: readonly string[], also: readonly string[]): Promise<ReachFacts> {
    const { host, random } = this.#context
    const addressesOf = (peer: string): readonly string[] => this.#book.addressesOf(peer)
    const wallClock = (): number => this.#time()
    return examine({ host, reach: this.#reach, random, wallClock, addressesOf }, members, also)
  }

  #isSomeoneApart(): boolean {
    const connected = new Set(this.#context.host.connectedPeers())
    return this.#book.peers().some((peer) => !connected.has(peer))
  }

  #createServer(): ProbeServer {
    const { consortium, ledger } = this.#context
    return new ProbeServer({
      ...this.#context,
      reach: this.#reach,
      facts: () => ({
        time: this.#time(),
        kernel: KERNEL_VERSION,
        charter: ledger?.state.charter ?? consortium,
        ledger: ledger?.state.head ?? null,
      }),
      addressesOf: (peer) => this.#book.addressesOf(peer),
      onViolation: onViolation(this.#context),
    })
  }

  #time(): number {
    return this.#context.wallClock?.() ?? 0
  }
}
