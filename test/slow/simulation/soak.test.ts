import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

test('24 hours of ten nodes with churn: memory stays flat, and at the end all have the same', () => {
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'test/simulation/soak.ts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  assert.equal(status, 0, stdout)
})
