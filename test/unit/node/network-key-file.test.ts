import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readNetworkKey, writeNetworkKey } from '../../../src/node/network-key-file.ts'

test('a network key is kept for its owner only and read again; none is none, a damaged one an error', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-key-'))
  try {
    const file = { networkKey: join(dir, 'network.key') }
    assert.equal(await readNetworkKey(file), undefined)
    const key = new Uint8Array(randomBytes(32))
    await writeNetworkKey(file, key)
    assert.deepEqual(await readNetworkKey(file), key)
    assert.equal((await stat(file.networkKey)).mode & 0o777, 0o600)
    await writeFile(file.networkKey, 'abc')
    await assert.rejects(readNetworkKey(file), {
      code: 'ERR_INVALID_FILE',
      message: /64 hexadecimal digits, got 3/,
    })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
