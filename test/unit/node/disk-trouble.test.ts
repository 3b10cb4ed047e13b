import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDiskTrouble, untilStored } from '../../../src/node/disk-trouble.ts'

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: write`), { code })
}

const { signal } = new AbortController()

test('a full, failing or read-only disk is trouble of the disk, also as a cause; a bug is not', () => {
  for (const code of ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT', 'ERR_NO_SPACE'])
    assert.ok(isDiskTrouble(failure(code)))
  assert.ok(isDiskTrouble(new Error('store', { cause: failure('EIO') })))
  assert.equal(isDiskTrouble(new TypeError('x is not a function')), false)
  assert.equal(isDiskTrouble(failure('ENOENT')), false)
})

test('work is tried again until the disk takes it, and each trouble is told once', async () => {
  const left = ['ENOSPC', 'ENOSPC', 'EIO', 'ENOSPC']
  const told: string[] = []
  const done = await untilStored(
    () => {
      const code = left.shift()
      return code === undefined ? Promise.resolve('kept') : Promise.reject(failure(code))
    },
    { signal, firstRetryMs: 1, onTrouble: ({ message }) => told.push(message) },
  )
  assert.equal(done, 'kept')
  assert.deepEqual(
    told.map((message) => /ENOSPC|EIO/.exec(message)?.[0]),
    ['ENOSPC', 'EIO', 'ENOSPC'],
  )
})

test('what is not the disk’s doing is thrown at once, and stopping ends the waiting', async () => {
  await assert.rejects(
    untilStored(() => Promise.reject(new TypeError('a bug')), { signal, onTrouble: () => assert.ok(false) }),
    /a bug/,
  )
  const stopping = new AbortController()
  const waiting = untilStored(() => Promise.reject(failure('EIO')), {
    signal: stopping.signal,
    onTrouble: () => stopping.abort(),
  })
  await assert.rejects(waiting, { name: 'AbortError' })
})
