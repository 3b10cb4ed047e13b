import '../../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { muxer } from '../../../../src/gossip/host/muxer.ts'

test('a stream opened on a connection that has just ended throws nowhere where nobody can catch it', async (t) => {
  const uncaught: unknown[] = []
  const note = (thrown: unknown): unknown => uncaught.push(thrown)
  process.prependListener('uncaughtException', note)
  t.after(() => process.off('uncaughtException', note))
  const [connection] = multiaddrConnectionPair()
  const streams = muxer()().createStreamMuxer(connection)
  Object.assign(connection, { status: 'closed', writeStatus: 'closed' }) // before the muxer has heard of it
  void streams.createStream()
  await turn()
  assert.deepEqual(uncaught, [])
})
