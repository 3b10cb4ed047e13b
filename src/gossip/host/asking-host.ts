import '../../polyfill.ts'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { CLOSE_TIMEOUT_MS, DIAL_TIMEOUT_MS, OPEN_STREAM_TIMEOUT_MS } from '../constants.ts'
import type { Identity } from '../identity.ts'
import { withDeadline } from '../wire/deadline.ts'
import { FramedStream } from '../wire/framed-stream.ts'
import type { Frames } from '../wire/frames.ts'
import { networkKeyProtector } from './network-key.ts'
import type { Protocol } from './peer-host.ts'

/** A host that only asks: it listens nowhere, serves nothing, and is no member yet. */
export interface AskingHost extends AsyncDisposable {
  /** Runs `exchange` on a stream to the peer at this address, with a connection of its own. */
  ask<T>(address: string, protocol: Protocol, exchange: (frames: Frames) => Promise<T>): Promise<T>
}

export interface AskingHostInit {
  readonly identity: Identity
  readonly networkKey: Uint8Array | null
  readonly signal: AbortSignal
}

export async function openAskingHost({ identity, networkKey, signal }: AskingHostInit): Promise<AskingHost> {
  const node = await createLibp2p({
    privateKey: identity.privateKey,
    transports: [tcp()],
    ...(networkKey !== null && { connectionProtector: networkKeyProtector(networkKey) }),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { dialTimeout: DIAL_TIMEOUT_MS, reconnectRetries: 0 },
    connectionGater: { denyDialMultiaddr: () => false }, // an address on a LAN is as good as any
    services: { identify: identify(), ping: ping() },
  })
  const ask: AskingHost['ask'] = async (address, protocol, exchange) => {
    const connection = await withDeadline('dial', DIAL_TIMEOUT_MS, signal, (deadline) =>
      node.dial(multiaddr(address), { signal: deadline }),
    )
    try {
      const stream = await withDeadline(protocol.name, OPEN_STREAM_TIMEOUT_MS, signal, (deadline) =>
        connection.newStream(protocol.name, { signal: deadline }),
      )
      const { name: operand, maxFrameBytes, maxBufferBytes } = protocol
      const frames = new FramedStream(stream, { operand, maxFrameBytes, maxBufferBytes }, signal)
      try {
        return await exchange(frames)
      } finally {
        await frames.close()
      }
    } finally {
      await connection.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) }).catch(() => connection.abort(new Error('closing took too long'))) // prettier-ignore
    }
  }
  return { ask, [Symbol.asyncDispose]: async () => node.stop() }
}
