import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { requestsFile } from '../../../../src/node/membership/requests-file.ts'

test('requests are read as they were written, by their owner only; a file that is none is an error', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-requests-'))
  try {
    const path = join(dir, 'requests.json')
    const shelf = requestsFile(path)
    assert.deepEqual(await shelf.read(), [])
    const said = { peer: 'p', name: 'mühle', replaces: null, at: 1, declined: false, ticketDigest: 'd' }
    await shelf.write([{ ...said, ticket: Uint8Array.of(0, 255, 62, 63), request: Uint8Array.of(7) }])
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const read = (await shelf.read()).map((one) => ({
      ...one,
      ticket: [...one.ticket],
      request: [...one.request],
    }))
    assert.deepEqual(read, [{ ...said, ticket: [0, 255, 62, 63], request: [7] }])
    await writeFile(path, '[{"peer": 1}]')
    await assert.rejects(shelf.read(), { code: 'ERR_INVALID_FILE', message: /field \[0\]\.peer/ })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
