import type { Socket } from 'node:net'
import { systemClock } from '../../src/gossip/wire/clock.ts'
import { TokenBucket } from '../../src/gossip/wire/token-bucket.ts'

/** How good a link is, each way. */
export interface LinkQuality {
  /** @default 0 */
  readonly delayMs?: number
  /** Of each connection. @default no limit */
  readonly bytesPerSecond?: number
}

/** Carries bytes in order, as good as the link is at the moment; a reader that is slow, or a narrow link, holds up the writer. */
export function carry(from: Socket, to: Socket, quality: () => LinkQuality): void {
  const bucketOf = keepBucket()
  const onTheWay: Buffer[] = [] // timers may fire in another order than they were set in; bytes must not overtake
  let sendAt = 0
  from.on('data', (piece: Buffer) => {
    const { delayMs = 0, bytesPerSecond = Infinity } = quality()
    const narrow = bucketOf(bytesPerSecond)?.spend(piece.byteLength) ?? 0
    const now = performance.now()
    sendAt = Math.max(sendAt, now + delayMs + narrow)
    if (narrow > 0) {
      from.pause()
      setTimeout(() => from.resume(), narrow)
    }
    if (sendAt <= now && onTheWay.length === 0) return send(piece, from, to)
    onTheWay.push(piece)
    setTimeout(() => send(onTheWay.shift()!, from, to), sendAt - now)
  })
}

function send(piece: Buffer, from: Socket, to: Socket): void {
  if (to.write(piece)) return
  from.pause()
  to.once('drain', () => from.resume())
}

/** The bucket of the rate at the moment; undefined where there is no limit. */
function keepBucket(): (perSecond: number) => TokenBucket | undefined {
  let kept: TokenBucket | undefined
  let rate = Infinity
  return (perSecond) => {
    if (perSecond !== rate) {
      rate = perSecond
      kept =
        rate === Infinity ? undefined : new TokenBucket({ perSecond, burst: perSecond / 10 }, systemClock)
    }
    return kept
  }
}
