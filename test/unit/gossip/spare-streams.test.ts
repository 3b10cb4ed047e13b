import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpareStreams } from '../../../src/gossip/blocks/spare-streams.ts'
import { SPARE_STREAM_MS } from '../../../src/gossip/constants.ts'
import type { Frames } from '../../../src/gossip/wire/frames.ts'
import { HandClock } from '../../helpers/gossip/hand-clock.ts'

/** Writes down how it ended. */
class EndedFrames {
  end: 'closed' | 'aborted' | undefined

  close(): Promise<void> {
    this.end = 'closed'
    return Promise.resolve()
  }

  abort(): void {
    this.end = 'aborted'
  }

  get frames(): Frames {
    return this as unknown as Frames
  }
}

function scene() {
  const [clock, stop] = [new HandClock(), new AbortController()]
  const streams = [new EndedFrames(), new EndedFrames()] as const
  return { clock, stop, spares: new SpareStreams(clock, stop.signal), streams }
}

test('a spare stream is taken once, by who speaks to the same peer, and is not closed under it', () => {
  const { clock, spares, streams } = scene()
  spares.put('a', streams[0].frames)
  assert.equal(spares.take('b'), undefined)
  assert.equal(spares.take('a'), streams[0])
  assert.equal(spares.take('a'), undefined)
  clock.advance(SPARE_STREAM_MS)
  assert.equal(streams[0].end, undefined)
})

test('a spare stream that nobody takes is closed, and so is a second one to the same peer', () => {
  const { clock, spares, streams } = scene()
  spares.put('a', streams[0].frames)
  spares.put('a', streams[1].frames)
  assert.deepEqual([streams[0].end, streams[1].end], [undefined, 'closed'])
  clock.advance(SPARE_STREAM_MS)
  assert.equal(streams[0].end, 'closed')
  assert.equal(spares.take('a'), undefined)
})

test('a stop leaves no stream open', () => {
  const { stop, spares, streams } = scene()
  spares.put('a', streams[0].frames)
  stop.abort()
  spares.put('b', streams[1].frames)
  assert.deepEqual([streams[0].end, streams[1].end], ['aborted', 'closed'])
})
