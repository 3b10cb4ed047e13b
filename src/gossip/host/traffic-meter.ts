import { Socket } from 'node:net'
import type { MultiaddrConnection } from '@libp2p/interface'

export interface Traffic {
  readonly bytesSent: number
  readonly bytesReceived: number
}

/** Bytes on the wire, encryption and all, as the kernel's sockets count them, of admitted connections. */
export class TrafficMeter {
  readonly #open = new Set<Socket>()
  #sent = 0
  #received = 0

  watch(connection: MultiaddrConnection): void {
    const { socket } = connection as { socket?: unknown } // @libp2p/tcp keeps it there, outside the interface
    if (!(socket instanceof Socket) || this.#open.has(socket)) return
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      this.#sent += socket.bytesWritten
      this.#received += socket.bytesRead
    })
  }

  total(): Traffic {
    let [bytesSent, bytesReceived] = [this.#sent, this.#received]
    for (const socket of this.#open) {
      bytesSent += socket.bytesWritten
      bytesReceived += socket.bytesRead
    }
    return { bytesSent, bytesReceived }
  }
}
