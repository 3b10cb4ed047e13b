import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { CrashGuard } from '../../../../src/node/cli/crash-guard.ts'

/** Node's own listeners, and this runner's, do not see it. */
function reject(reason: unknown): { said: string[]; isAborted: boolean } {
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  mock.timers.enable({ apis: ['setTimeout'] }) // by which the process would be ended
  const said: string[] = []
  const tell =
    (level: string) =>
    (_: unknown, text?: string): void =>
      void said.push(`${level}: ${text ?? ''}`)
  try {
    using guard = new CrashGuard({ warn: tell('warn'), error: tell('error') })
    process.emit('unhandledRejection', reason, Promise.resolve())
    return { said, isAborted: guard.signal.aborted }
  } finally {
    mock.timers.reset()
    for (const listener of others) process.on('unhandledRejection', listener)
  }
}

test('a rejection that is the end of a stream is told and stops nothing', () => {
  const { said, isAborted } = reject(new Event('close'))
  assert.deepEqual([said, isAborted], [['warn: nobody waited for the end of a stream'], false])
})

test('a rejection with an error, or with anything else, stops the node', () => {
  for (const reason of [new Error('lost'), 'lost', undefined]) {
    const { said, isAborted } = reject(reason)
    assert.equal(isAborted, true)
    assert.match(said.join(), /^error: an error that nobody caught/)
  }
})
