import { createHash } from 'node:crypto'
import type { TopicValidator } from '../../src/gossip/host/peer-host.ts'
import type { SimConnection } from './sim-connection.ts'
import type { SimHost } from './sim-host.ts'
import type { SimWorld } from './sim-world.ts'

/** How long a message is remembered and not taken twice, as gossipsub's `seenTTL`. */
const SEEN_MS = 120_000

/** The gossip topic: a signed message goes to every neighbour that has not sent it, and on from those that accept it. */
export class TopicFlood {
  readonly #world: SimWorld
  readonly #host: SimHost
  readonly #links: () => readonly SimConnection[]
  readonly #seen = new Map<string, number>()
  #validate: TopicValidator | undefined

  constructor(world: SimWorld, host: SimHost, links: () => readonly SimConnection[]) {
    this.#world = world
    this.#host = host
    this.#links = links
  }

  subscribe(validate: TopicValidator | undefined): void {
    this.#validate = validate
  }

  /** How many neighbours it was sent to. */
  send(message: Uint8Array, signer: string, except?: string): number {
    this.#isNew(message)
    let recipients = 0
    for (const link of [...this.#links()]) {
      const { peer } = link.other(this.#host)
      if (peer === except || peer === signer) continue
      recipients++
      const isOwn = signer === this.#host.peer // a message of others is signed: a liar can drop it, not change it
      for (const sent of isOwn ? this.#host.tamperGossip(message) : [message]) this.#pass(link, sent, signer)
    }
    return recipients
  }

  onMessage(message: Uint8Array, signer: string, bearer: string): void {
    if (this.#validate === undefined || !this.#isNew(message)) return
    void this.#validate(message, signer).then((result) => {
      if (result === 'accept') this.send(message, signer, bearer)
    })
  }

  #pass(link: SimConnection, message: Uint8Array, signer: string): void {
    if (this.#world.scheduler.chance(this.#world.gossipLoss)) return
    const to = link.other(this.#host)
    link.send(this.#host, message.byteLength, 0, () => to.onGossip(message, signer, this.#host.peer))
  }

  #isNew(message: Uint8Array): boolean {
    const { now } = this.#world.scheduler
    const name = createHash('sha256').update(message).digest('base64')
    for (const [old, at] of this.#seen) {
      if (now - at < SEEN_MS) break
      this.#seen.delete(old)
    }
    if (this.#seen.has(name)) return false
    this.#seen.set(name, now)
    return true
  }
}
