import { promises as dns } from 'node:dns'
import type { SiteDirectory } from './exchange.ts'
import { siteOfContainer, type Route } from './routes.ts'

/** Where every site listens. */
const SITE_PORT = 4001
/** A container that has come back has another address; a killed one is gone from the names. */
const KEPT_MS = 1_000

/** Which site has which address, by the names that the engine's own name server tells. */
export class Directory implements SiteDirectory {
  readonly #routes: readonly Route[]
  #found: Promise<ReadonlyMap<string, string>> | undefined
  #at = 0

  constructor(routes: readonly Route[]) {
    this.#routes = routes
  }

  async siteAt(address: string): Promise<string | undefined> {
    const plain = address.replace(/^::ffff:/, '')
    const known = (await this.#look()).get(plain)
    return known ?? (await this.#siteOf(plain))
  }

  async placeOf(site: string): Promise<{ host: string; port: number } | undefined> {
    for (const [host, name] of await this.#look()) if (name === site) return { host, port: SITE_PORT }
    return undefined
  }

  #look(): Promise<ReadonlyMap<string, string>> {
    const now = performance.now()
    if (this.#found === undefined || now - this.#at > KEPT_MS) {
      this.#at = now
      this.#found = this.#lookAll()
    }
    return this.#found
  }

  async #lookAll(): Promise<ReadonlyMap<string, string>> {
    const addresses = await Promise.all(this.#routes.map(({ service }) => addressesOf(service)))
    const found = new Map<string, string>()
    await Promise.all(
      addresses.flat().map(async (address) => {
        const site = await this.#siteOf(address)
        if (site !== undefined) found.set(address, site)
      }),
    )
    return found
  }

  async #siteOf(address: string): Promise<string | undefined> {
    const names = await dns.reverse(address).catch(() => [])
    return names.map((name) => siteOfContainer(this.#routes, name)).find((site) => site !== undefined)
  }
}

/** Of all replicas: `tasks.` is what swarm calls them. */
async function addressesOf(service: string): Promise<string[]> {
  const ask = (name: string): Promise<string[]> => dns.resolve4(name).catch(() => [])
  const tasks = await ask(`tasks.${service}`)
  return tasks.length > 0 ? tasks : await ask(service)
}
