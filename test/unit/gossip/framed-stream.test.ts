import assert from 'node:assert/strict'
import { test } from 'node:test'
import '../../../src/polyfill.ts'
import type { Stream } from '@libp2p/interface'
import { streamPair } from '@libp2p/utils'
import { withDeadline } from '../../../src/gossip/wire/deadline.ts'
import { asError } from '../../../src/gossip/errors.ts'
import { FramedStream } from '../../../src/gossip/wire/framed-stream.ts'
import { noise } from '../../helpers/gossip/contributions.ts'
import { frame } from '../../helpers/gossip/frame.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

const limits = { operand: 'test', maxFrameBytes: 1000, maxBufferBytes: 4000 }

async function pair(
  stopping = new AbortController(),
): Promise<{ frames: FramedStream; here: Stream; there: Stream }> {
  const [here, there] = await streamPair()
  return { frames: new FramedStream(here, limits, stopping.signal), here, there }
}

test('Promise.withResolvers is there', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  resolve(17)
  assert.equal(await promise, 17)
})

test('frames arrive whole and in order, however their bytes were cut', async () => {
  const { frames, there } = await pair()
  const messages = [1, 700, 0, 1000, 3].map((size, i) => noise(size, `frame ${i}`))
  const bytes = Buffer.concat(messages.map(frame))
  for (let at = 0; at < bytes.byteLength; at += 333) there.send(Uint8Array.from(bytes.subarray(at, at + 333)))
  for (const message of messages) assert.deepEqual(await frames.read(), message)
  await there.close()
  assert.equal(await frames.readOrEnd(), undefined)
  await assert.rejects(frames.read(), { code: 'ERR_BROKEN_STREAM' })
})

test('both directions of two framed streams carry what is written', async () => {
  const [here, there] = await streamPair()
  const { signal } = new AbortController()
  const [left, right] = [new FramedStream(here, limits, signal), new FramedStream(there, limits, signal)]
  await left.write([noise(10, 'a'), noise(999, 'b')])
  assert.deepEqual([await right.read(), await right.read()], [noise(10, 'a'), noise(999, 'b')])
  await right.write([noise(5, 'c')])
  assert.deepEqual(await left.read(), noise(5, 'c'))
  await Promise.all([left.close(), right.close()])
})

test('an end inside a frame is an error, also when it looks like a clean one', async () => {
  const { frames, there } = await pair()
  there.send(frame(noise(400, 'cut')).slice(0, 100))
  await there.close()
  await assert.rejects(frames.readOrEnd(), { code: 'ERR_BROKEN_STREAM' })
})

test('a frame that drips is given up, though its bytes never cease', async () => {
  const { frames, there } = await pair()
  const bytes = frame(noise(900, 'drip'))
  let at = 0
  const drip = setInterval(() => there.send(bytes.slice(at, ++at)), 40)
  try {
    await assert.rejects(frames.read(100), { code: 'ERR_NETWORK_TIMEOUT' })
    assert.ok(at < 100, `${at} bytes were waited for`)
  } finally {
    clearInterval(drip)
  }
})

test('a reset before the first read is an error', async () => {
  const { frames, there } = await pair()
  there.send(frame(noise(400, 'reset')).slice(0, 100))
  there.abort(new Error('reset on purpose'))
  await assert.rejects(frames.read(200), (error: Error) =>
    /ERR_BROKEN_STREAM|ERR_NETWORK_TIMEOUT/.test((error as Error & { code: string }).code),
  )
})

test('a frame over the limit is refused at its length, before its bytes have come', async () => {
  const { frames, there } = await pair()
  there.send(frame(noise(1001, 'large')).slice(0, 10))
  await assert.rejects(frames.read(), { reason: 'too-large' })
})

test('silence ends in a timeout that names the exchange', async () => {
  const { frames } = await pair()
  await assert.rejects(frames.read(30), { code: 'ERR_NETWORK_TIMEOUT', message: /test: nothing for 30 ms/ })
})

test('stopping ends a wait at once', async () => {
  const stopping = new AbortController()
  const { frames } = await pair(stopping)
  const reading = frames.read(60_000)
  stopping.abort(new Error('stopped'))
  await assert.rejects(reading, /stopped/)
})

test('a peer that floods an unread stream loses it', async () => {
  const { here, there } = await pair()
  for (let i = 0; i < 10 && there.writeStatus === 'writable'; i++) there.send(noise(900, `flood ${i}`))
  await waitFor('the stream is aborted', () => here.status === 'aborted')
})

test('a stream that the other side leaves half open is reset', async () => {
  const { frames, here, there } = await pair()
  await frames.write([noise(50, 'last words')])
  await frames.close()
  assert.equal(here.status, 'aborted')
  await waitFor('the other side learns of it', () => there.status !== 'open')
})

test('a stream that both sides end is closed, not reset', async () => {
  const { frames, here, there } = await pair()
  await Promise.all([frames.close(), there.close()])
  assert.equal(here.status, 'closed')
})

test('a deadline leaves no timer or listener, and passes on what the work throws', async () => {
  const parent = new AbortController()
  assert.equal(await withDeadline('work', 60_000, parent.signal, () => Promise.resolve(5)), 5)
  await assert.rejects(
    withDeadline('work', 60_000, parent.signal, () => Promise.reject(new Error('own'))),
    /own/,
  )
  parent.abort(new Error('parent'))
  await assert.rejects(
    withDeadline('work', 60_000, parent.signal, () => Promise.resolve(5)),
    /parent/,
  )
})

test('events that libp2p throws in place of errors become errors', () => {
  const cause = new Error('reset')
  assert.equal(asError(Object.assign(new Event('close'), { error: cause })), cause)
  assert.equal(asError(new Event('close')).message, 'stream close')
  assert.equal(asError('text').message, 'text')
  assert.equal(asError(cause), cause)
})
