import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { STREAM_READ_BUFFER_BYTES, STREAM_WINDOW_BYTES } from '../constants.ts'

/** yamux with the windows of this network, over connections that may end at any moment. */
export function muxer(): () => StreamMuxerFactory {
  const create = yamux({
    streamOptions: {
      maxStreamWindowSize: STREAM_WINDOW_BYTES,
      maxReadBufferLength: STREAM_READ_BUFFER_BYTES,
    },
  })
  return () => {
    const factory: StreamMuxerFactory = create()
    const createMuxer = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => createMuxer(withoutLastWords(connection))
    return factory
  }
}

/**
 * yamux greets the other side of a new stream a microtask later; when the connection ends in between, sending throws where nobody can
 * catch it, which would end the process. What is sent on a connection that has ended is lost anyway, and its streams hear of the end.
 */
function withoutLastWords(connection: MessageStream): MessageStream {
  const send = connection.send.bind(connection)
  connection.send = (data) => {
    if (connection.status !== 'open' && connection.status !== 'closing') return false
    return send(data)
  }
  return connection
}
