import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { homePaths } from '../../../src/node/home.ts'
import { adoptIdentity, openIdentity } from '../../../src/node/identity-file.ts'

test('a key made elsewhere becomes a new home’s own, once and for all', async () => {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-identity-'))
  try {
    const secret = join(root, 'secret')
    const made = await openIdentity(homePaths(join(root, 'elsewhere')))
    await copyFile(homePaths(join(root, 'elsewhere')).identity, secret)
    const home = homePaths(join(root, 'home'))
    assert.equal((await adoptIdentity(home, secret)).peer, made.peer)
    assert.equal((await stat(home.identity)).mode & 0o777, 0o600)
    await stat(home.incarnation)
    assert.equal((await openIdentity(home)).peer, made.peer)
    assert.equal((await adoptIdentity(home, secret)).peer, made.peer, 'at every start of a container')

    const other = homePaths(join(root, 'other'))
    const own = await openIdentity(other)
    await assert.rejects(adoptIdentity(other, secret), { code: 'ERR_IDENTITY', message: /another home/ })
    assert.equal((await openIdentity(other)).peer, own.peer)
    await writeFile(secret, 'no key')
    await assert.rejects(adoptIdentity(homePaths(join(root, 'third')), secret), { code: 'ERR_IDENTITY' })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
