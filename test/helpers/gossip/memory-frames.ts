import { BrokenStreamError } from '../../../src/gossip/errors.ts'
import type { Frames } from '../../../src/gossip/wire/frames.ts'

/** Told of every frame that is sent. */
export type OnFrame = (bytes: number) => void

interface Inbox {
  readonly frames: Uint8Array[]
  end: Error | 'ended' | undefined
  wake: () => void
}

/** Two ends of one stream in memory; a side that is aborted breaks the other. */
export function memoryFrames(onFrame: OnFrame = () => undefined): [Frames, Frames] {
  const inboxes: [Inbox, Inbox] = [emptyInbox(), emptyInbox()]
  const [first, second] = inboxes
  return [end(first, second, onFrame), end(second, first, onFrame)]
}

function emptyInbox(): Inbox {
  return { frames: [], end: undefined, wake: () => undefined }
}

function end(own: Inbox, other: Inbox, onFrame: OnFrame): Frames {
  const readOrEnd = async (): Promise<Uint8Array | undefined> => {
    while (own.frames.length === 0) {
      if (own.end === 'ended') return undefined
      if (own.end !== undefined) throw own.end
      await new Promise<void>((resolve) => (own.wake = resolve))
    }
    return own.frames.shift()
  }
  const finish = (inbox: Inbox, how: Error | 'ended'): void => {
    inbox.end ??= how
    inbox.wake()
  }
  return {
    readOrEnd,
    read: async () => {
      const frame = await readOrEnd()
      if (frame === undefined) throw new BrokenStreamError('memory')
      return frame
    },
    write: (messages) => {
      if (own.end instanceof Error) return Promise.reject(own.end)
      for (const message of messages) {
        onFrame(message.byteLength)
        other.frames.push(message)
      }
      other.wake()
      return Promise.resolve()
    },
    close: () => {
      finish(other, 'ended')
      return Promise.resolve()
    },
    abort: (error) => {
      finish(own, error)
      finish(other, new BrokenStreamError('memory', { cause: error }))
    },
  }
}
