import { readdir, readFile, readlink } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { carry, type LinkQuality } from '../../scripts/switchboard/carry.ts'

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/**
 * A link between two programs that a test can make bad: it delays, narrows, holds back or resets what goes through. Bytes are
 * never lost or turned around, as TCP would not either.
 */
export class TcpProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  readonly #sockets = new Set<Socket>()
  #isHeld: (client: Socket) => boolean = () => false

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async to(port: number, options: LinkQuality = {}): Promise<TcpProxy> {
    const server = createServer({ pauseOnConnect: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const proxy = new TcpProxy(server)
    server.on('connection', (client) => proxy.#join(client, port, options))
    return proxy
  }

  /** A black hole, for connections that are there and to come, of clients that `isHeld` says; without it of all. */
  hold(isHeld: (client: Socket) => boolean = () => true): void {
    this.#isHeld = isHeld
    for (const { client, server } of this.#pairs) {
      if (!isHeld(client)) continue
      client.pause()
      server.pause()
    }
  }

  /** What was held back goes on its way. */
  release(): void {
    this.#isHeld = () => false
    for (const { client, server } of this.#pairs) {
      client.resume()
      server.resume()
    }
  }

  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #join(client: Socket, port: number, options: LinkQuality): void {
    const server = connect(port, '127.0.0.1')
    const pair = { client, server }
    this.#pairs.add(pair)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => to.destroy())
      from.once('close', () => {
        this.#sockets.delete(from)
        this.#pairs.delete(pair)
        to.end()
      })
      carry(from, to, () => options)
    }
    if (!this.#isHeld(client)) client.resume()
    else server.pause()
  }
}

/** Whether a process of this machine is at the other end of a connection to a loopback port. Linux. */
export async function localPortsOf(pid: number): Promise<ReadonlySet<number>> {
  const links = (await readdir(`/proc/${pid}/fd`)).map(async (fd) =>
    readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''),
  )
  const inodes = new Set(
    (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []),
  )
  const table = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1)
  return new Set(
    table.flatMap((line) => {
      const fields = line.trim().split(/\s+/)
      const port = fields[1]?.split(':')[1]
      return port !== undefined && inodes.has(fields[9] ?? '') ? [Number.parseInt(port, 16)] : []
    }),
  )
}
