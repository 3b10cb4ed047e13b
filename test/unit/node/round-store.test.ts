import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { FIRST_INCARNATION } from '../../../src/gossip/index.ts'
import { homePaths } from '../../../src/node/home.ts'
import { openIdentity } from '../../../src/node/identity-file.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { openRoundStore, type HomeRoundStore } from '../../../src/node/round-store.ts'

let root: string
before(async () => void (root = await mkdtemp(join(tmpdir(), 'peermerge-rounds-'))))
after(() => rm(root, { recursive: true, force: true }))

async function open(home: string): Promise<HomeRoundStore> {
  const paths = homePaths(home)
  const { peer } = await openIdentity(paths)
  return await openRoundStore({ paths, peer, logger: silentLogger() })
}

const memory = {
  promised: { number: 2, proposer: 'p' },
  accepted: { ballot: { number: 0, proposer: '' }, cut: 'a'.repeat(64) },
}
const cut = Uint8Array.of(1, 2, 3)
const bytes = (round: number): Uint8Array => Uint8Array.of(round, round >> 8)

test('certificates and memory are there after a restart, the newest by number', async () => {
  const home = join(root, 'home')
  {
    await using store = await open(home)
    assert.equal(await store.newest(), null)
    assert.equal(await store.memory(), null)
    for (let round = 0; round < 12; round++) await store.addCertificate(round, bytes(round))
    await store.saveMemory({ round: 12, memory, cut })
  }
  await using store = await open(home)
  assert.equal(await store.incarnation(), FIRST_INCARNATION)
  const newest = await store.newest()
  assert.equal(newest?.round, 11)
  assert.deepEqual(new Uint8Array(newest.bytes), bytes(11))
  assert.deepEqual(new Uint8Array((await store.certificate(3))!), bytes(3))
  assert.equal(await store.certificate(12), null)
  assert.deepEqual(await store.memory(), { round: 12, memory, cut })
  const all: Uint8Array[] = []
  for await (const certificate of store.certificates()) all.push(new Uint8Array(certificate))
  assert.deepEqual(all, Array.from({ length: 12 }, (_, round) => bytes(round))) // prettier-ignore
})

test('a copy has the certificates, another incarnation, and says nothing on the strength of an old memory', async () => {
  const home = join(root, 'original')
  {
    await using store = await open(home)
    await store.addCertificate(0, bytes(0))
    await store.saveMemory({ round: 1, memory, cut: null })
  }
  await cp(home, join(root, 'copy'), { recursive: true, preserveTimestamps: true })
  await using copy = await open(join(root, 'copy'))
  assert.notEqual(await copy.incarnation(), FIRST_INCARNATION)
  assert.equal(await copy.memory(), null)
  assert.equal((await copy.newest())?.round, 0)
  await using original = await open(home)
  assert.equal(await original.incarnation(), FIRST_INCARNATION)
  assert.deepEqual(await original.memory(), { round: 1, memory, cut: null })
})

test('a home that gets its key back and nothing else has another incarnation', async () => {
  const [home, restored] = [join(root, 'lost'), join(root, 'restored')]
  await (await open(home)).close()
  await cp(homePaths(home).identity, homePaths(restored).identity)
  await using store = await open(restored)
  assert.notEqual(await store.incarnation(), FIRST_INCARNATION)
})

test('what a renewed memory is called is kept, and the old one gone', async () => {
  const home = join(root, 'renewed')
  let renewed: string
  {
    await using store = await open(home)
    await store.saveMemory({ round: 3, memory, cut })
    renewed = await store.renew()
    assert.equal(await store.incarnation(), renewed)
    assert.equal(await store.memory(), null)
  }
  await using store = await open(home)
  assert.equal(await store.incarnation(), renewed)
})
