import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A port of this machine that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server, 0)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A forwarded port as a firewall has it: nobody answers there until it is opened. */
export class Door implements AsyncDisposable {
  readonly port: number
  readonly address: string
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  private constructor(port: number) {
    this.port = port
    this.address = `/ip4/127.0.0.1/tcp/${port}`
  }

  static async closed(): Promise<Door> {
    return new Door(await freePort())
  }

  /** Leads to another port from now on. */
  async open(target: number): Promise<void> {
    this.#server = createServer((inside) => {
      const outside = connect({ host: '127.0.0.1', port: target })
      for (const socket of [inside, outside]) {
        this.#sockets.add(socket)
        socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
      }
      inside.pipe(outside).pipe(inside)
    })
    await listen(this.#server, this.port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) =>
      this.#server === undefined ? resolve(undefined) : this.#server.close(resolve),
    )
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
