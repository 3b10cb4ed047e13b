import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLedgerStore } from '../../../src/node/ledger-store.ts'

test('what was acknowledged survives a process that is killed while it writes', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'ledger-'))
  t.after(() => rm(home, { recursive: true }))
  const child = fork(new URL('../../fixtures/ledger-writer.ts', import.meta.url), [home], {
    execArgv: ['--import', 'tsx'],
  })
  let acknowledged = 0
  child.on('message', (count: number) => {
    acknowledged = count
    if (count === 200) child.kill('SIGKILL')
  })
  await once(child, 'exit')
  await using store = await openLedgerStore(home)
  const kept = await store.load()
  assert.ok(acknowledged >= 200)
  assert.ok(kept.length >= acknowledged, `${kept.length} kept, ${acknowledged} acknowledged`)
})
