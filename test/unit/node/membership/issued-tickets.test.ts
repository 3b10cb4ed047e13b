import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { issuedTickets, openTickets } from '../../../../src/node/membership/issued-tickets.ts'

const ticket = (name: string, expires: number, uses = 1) => ({
  digest: name.repeat(64),
  fingerprint: name,
  expires,
  uses,
})

test('a site remembers its tickets until they expire, and shows those that can still let in somebody', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-tickets-'))
  try {
    const file = join(dir, 'tickets.json')
    let now = 1000
    const tickets = issuedTickets(file, () => now)
    assert.deepEqual(await tickets.read(), [])
    for (const one of [ticket('a', 2000), ticket('b', 9000, 3), ticket('c', 9000)]) await tickets.keep(one)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    now = 2000
    assert.deepEqual((await tickets.read()).map(({ fingerprint }) => fingerprint), ['b', 'c']) // prettier-ignore
    const used = new Map([['b'.repeat(64), 2], ['c'.repeat(64), 1]]) // prettier-ignore
    assert.deepEqual(openTickets(await tickets.read(), used), [
      { fingerprint: 'b', expires: '1970-01-01T00:00:09.000Z', used: 2, uses: 3 },
    ])
    await writeFile(file, '[{"digest": 7}]')
    await assert.rejects(tickets.read(), { code: 'ERR_INVALID_FILE', message: /digest/ })
  } finally {
    await rm(dir, { recursive: true })
  }
})
