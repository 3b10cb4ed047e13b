import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workerScript } from '../../../src/node/spawn-worker.ts'
import { WorkerChannel } from '../../../src/node/worker-channel.ts'

interface Request {
  readonly what: 'answer' | 'throw' | 'die' | 'wait'
}

async function withChannel(job: (channel: WorkerChannel<Request, string>) => Promise<void>): Promise<void> {
  const channel = new WorkerChannel<Request, string>(
    'test worker',
    workerScript('./crashing-worker', import.meta.url),
  )
  try {
    await job(channel)
  } finally {
    await channel.close()
  }
}

test('an error of a job keeps its code and detail', () =>
  withChannel(async (channel) => {
    await assert.rejects(channel.ask({ what: 'throw' }), {
      code: 'ERR_TEST',
      message: 'refused',
      detail: { part: 7 },
    })
    assert.equal(await channel.ask({ what: 'answer' }), 'answered')
  }))

test('a dying thread fails every job under way by name, and the next job starts a new one', () =>
  withChannel(async (channel) => {
    const waiting = channel.ask({ what: 'wait' })
    const crash = { code: 'ERR_WORKER_CRASHED', message: /^test worker ended: exit code 3; it starts again/ }
    await Promise.all([assert.rejects(waiting, crash), assert.rejects(channel.ask({ what: 'die' }), crash)])
    assert.equal(await channel.ask({ what: 'answer' }), 'answered')
  }))

test('closing ends what waits, and nothing starts afterwards', () =>
  withChannel(async (channel) => {
    const waiting = channel.ask({ what: 'wait' })
    const closed = { code: 'ERR_WORKER_CRASHED', message: /it was closed/ }
    await Promise.all([assert.rejects(waiting, closed), channel.close()])
    await assert.rejects(channel.ask({ what: 'answer' }), closed)
    assert.equal(channel.running, false)
  }))
