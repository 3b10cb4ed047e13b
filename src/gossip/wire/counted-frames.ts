import type { ProtocolCounts } from '../counters.ts'
import type { Frames } from './frames.ts'

/** The same frames, with their bytes counted. */
export function countedFrames(frames: Frames, counts: ProtocolCounts): Frames {
  const received = <T extends Uint8Array | undefined>(frame: T): T => {
    counts.receivedBytes += frame?.byteLength ?? 0
    return frame
  }
  return {
    readOrEnd: async (timeoutMs) => received(await frames.readOrEnd(timeoutMs)),
    read: async (timeoutMs) => received(await frames.read(timeoutMs)),
    write: (messages) => frames.write(sent(messages, counts)),
    close: () => frames.close(),
    abort: (error) => {
      counts.broken++
      frames.abort(error)
    },
  }
}

function* sent(messages: Iterable<Uint8Array>, counts: ProtocolCounts): Generator<Uint8Array> {
  for (const message of messages) {
    counts.sentBytes += message.byteLength
    yield message
  }
}
