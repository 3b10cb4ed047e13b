import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventHub } from '../../../src/node/event-hub.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { RecentEvents } from '../../../src/node/recent-events.ts'

const hub = (): EventHub => new EventHub(silentLogger())

test('the newest events are remembered in order, without progress', () => {
  const of = hub()
  const recent = new RecentEvents(of)
  of.emit({ type: 'problem', code: 'a', message: 'first' })
  of.emit({
    type: 'progress',
    progress: { phase: 'training', done: 1, total: 2, samplesPerSecond: 3 } as never,
  })
  of.emit({ type: 'done' })
  const types = recent.lines().map((line) => (JSON.parse(line) as { type: string }).type)
  assert.deepEqual(types, ['problem', 'done'])
})

test('memory is bounded: the oldest are forgotten', () => {
  const of = hub()
  const recent = new RecentEvents(of)
  for (let i = 0; i < 3000; i++) of.emit({ type: 'problem', code: `${i}`, message: 'x'.repeat(1000) })
  const size = recent.lines().reduce((sum, line) => sum + line.length, 0)
  assert.ok(size <= 1_048_576 && size > 1_000_000, `${size} characters`)
  assert.equal((JSON.parse(recent.lines().at(-1)!) as { code: string }).code, '2999')
})
