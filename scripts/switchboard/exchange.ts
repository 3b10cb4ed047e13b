import { connect, type Socket } from 'node:net'
import { carry } from './carry.ts'
import { isCut, NO_FAULTS, qualityOf, type Faults } from './faults.ts'

export interface SiteDirectory {
  /** Undefined for an address that is no site's. */
  siteAt(address: string): Promise<string | undefined>
  /** Where a site listens; undefined where it is not there. */
  placeOf(site: string): Promise<{ readonly host: string; readonly port: number } | undefined>
}

/** A container is known by name only once its engine holds it for healthy. */
const ASK_AGAIN_MS = 1_000
const UNKNOWN = 'unknown'

interface Call {
  from: string
  readonly to: string
  readonly client: Socket
  server: Socket | undefined
}

/**
 * Puts connections through between sites and keeps to the faults in force. A cut is a black hole, for what is under way and for what
 * comes: nothing arrives and nobody is told. What is held back goes on its way when the cut is over.
 */
export class Exchange {
  readonly #directory: SiteDirectory
  readonly #calls = new Set<Call>()
  #faults: Faults = NO_FAULTS

  constructor(directory: SiteDirectory) {
    this.#directory = directory
  }

  get faults(): Faults {
    return this.#faults
  }

  set faults(faults: Faults) {
    this.#faults = faults
    for (const call of this.#calls) this.#settle(call)
  }

  /** Connections at the moment, as `from>to`. */
  get calls(): string[] {
    return [...this.#calls].map(({ from, to }) => `${from}>${to}`).sort()
  }

  async take(client: Socket, to: string): Promise<void> {
    client.pause()
    client.on('error', () => client.destroy())
    const call: Call = { from: UNKNOWN, to, client, server: undefined }
    this.#calls.add(call)
    client.once('close', () => this.#end(call))
    await this.#identify(call, client.remoteAddress ?? '')
  }

  /** Who is not known yet is asked for again, as a fault that comes later must find it. */
  async #identify(call: Call, address: string): Promise<void> {
    call.from = (await this.#directory.siteAt(address)) ?? UNKNOWN
    if (!this.#calls.has(call)) return
    this.#settle(call)
    if (call.from === UNKNOWN) setTimeout(() => void this.#identify(call, address), ASK_AGAIN_MS).unref()
  }

  #settle(call: Call): void {
    if (isCut(this.#faults, call.from, call.to)) {
      call.client.pause()
      call.server?.pause()
    } else if (call.server === undefined) {
      void this.#putThrough(call)
    } else {
      call.client.resume()
      call.server.resume()
    }
  }

  async #putThrough(call: Call): Promise<void> {
    const { client, from, to } = call
    const place = await this.#directory.placeOf(to)
    if (place === undefined) return void client.resetAndDestroy() // as where nothing listens
    if (client.destroyed || call.server !== undefined || isCut(this.#faults, from, to)) return
    const server = connect(place)
    call.server = server
    server.on('error', () => client.destroy())
    server.once('close', () => client.end())
    const quality = () => qualityOf(this.#faults, from, to)
    carry(client, server, quality)
    carry(server, client, quality)
    client.resume()
  }

  #end(call: Call): void {
    this.#calls.delete(call)
    call.server?.end()
    call.server?.resume()
  }
}
