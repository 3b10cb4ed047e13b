import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { decode, encode } from '@ipld/dag-cbor'
import { sha256Hex } from '../../../src/merge/index.ts'
import { homePaths, prepareHome, type HomePaths } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { openStore } from '../../../src/node/store.ts'
import type { NodeStore } from '../../../src/node/types.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Sample {
  readonly id: string
  readonly envelope: Uint8Array
  readonly chunks: readonly Uint8Array[]
}

function sample(peer: string, sequence: number, parts: readonly string[]): Sample {
  const chunks = parts.map(bytesOf)
  const envelope = encode({ peer, sequence, payload: { digest: '', size: 9, chunks: chunks.map(sha256Hex) } })
  return { id: sha256Hex(envelope), envelope, chunks }
}

async function keep(store: NodeStore, { id, envelope, chunks }: Sample): Promise<void> {
  await store.putEnvelope(id, envelope)
  for (const chunk of chunks) await store.putChunk(sha256Hex(chunk), chunk)
  await store.setVerdict(id, 'admitted', null)
}

async function withHome(
  job: (paths: HomePaths, open: () => Promise<NodeStore>) => Promise<void>,
): Promise<void> {
  const paths = homePaths(await mkdtemp(join(tmpdir(), 'peermerge-store-')))
  await prepareHome(paths)
  const open = (): Promise<NodeStore> =>
    openStore({ paths, readHeader: (bytes) => decode(bytes), logger: silentLogger() })
  try {
    await job(paths, open)
  } finally {
    await rm(paths.root, { recursive: true, force: true })
  }
}

test('a reopened store knows what it knew', () =>
  withHome(async (_paths, open) => {
    const mine = sample('site-a', 4, ['first', 'second'])
    const other = sample('site-b', 9, ['third'])
    const store = await open()
    await keep(store, mine)
    await store.putEnvelope(other.id, other.envelope)
    await store.setVerdict(other.id, 'rejected', 'non-finite')
    await store.close()

    const again = await open()
    assert.equal(again.get(mine.id)?.state, 'admitted')
    assert.equal(again.get(other.id)?.reason, 'non-finite')
    assert.equal(sha256Hex((await again.getEnvelope(mine.id))!), mine.id)
    assert.deepEqual(await again.getChunk(sha256Hex(bytesOf('second'))), Buffer.from('second'))
    assert.equal(again.nextSequence('site-a'), 5)
    assert.equal(again.nextSequence('site-b'), 10, 'rejected numbers are used up too')
    assert.equal(again.nextSequence('site-c'), 1)
    await again.close()
  }))

test('a known envelope is left as it is, also when two calls cross', () =>
  withHome(async (_paths, open) => {
    const mine = sample('site-a', 2, ['first'])
    const store = await open()
    await Promise.all([keep(store, mine), store.putEnvelope(mine.id, mine.envelope)])
    await store.putEnvelope(mine.id, mine.envelope)
    assert.equal(store.get(mine.id)?.state, 'admitted')
    assert.equal((await store.inventory()).length, 1)
    await store.close()
  }))

test('a chunk that rotted is missing, and all who need it are fetched again', () =>
  withHome(async (_paths, open) => {
    const [mine, sibling] = [sample('site-a', 2, ['shared', 'own']), sample('site-b', 3, ['shared'])]
    const store = await open()
    await keep(store, mine)
    await keep(store, sibling)
    const digest = sha256Hex(bytesOf('shared'))
    await writeFile(store.pathsOf([digest])[0]!, 'Shared')

    assert.equal(await store.getChunk(digest), undefined)
    assert.equal(await store.hasChunk(digest), false)
    assert.deepEqual(store.list('admitted'), [])
    assert.equal(store.get(mine.id)?.reason, 'chunk-corrupt')

    await store.putChunk(digest, bytesOf('shared'))
    assert.deepEqual(await store.getChunk(digest), Buffer.from('shared'))
    await store.close()
  }))

test('at start leftovers go, and a contribution without its chunk is fetched again', () =>
  withHome(async (paths, open) => {
    const mine = sample('site-a', 2, ['first', 'second'])
    const store = await open()
    await keep(store, mine)
    const [first, second] = store.pathsOf(mine.chunks.map(sha256Hex))
    await store.close()
    await rm(first!)
    await writeFile(`${second!}.7.tmp`, 'half')
    const orphan = join(paths.blocks, 'ab', 'cd', `abcd${'0'.repeat(60)}`)
    await mkdir(dirname(orphan), { recursive: true })
    await writeFile(orphan, 'nobody needs it')

    const again = await open()
    assert.equal(again.get(mine.id)?.state, 'fetching')
    const files = (await readdir(paths.blocks, { recursive: true, withFileTypes: true })).filter((f) =>
      f.isFile(),
    )
    assert.deepEqual(
      files.map((file) => file.name),
      [sha256Hex(bytesOf('second'))],
    )
    await again.close()
  }))

test('chunks of a rejected contribution are given up unless another one needs them', () =>
  withHome(async (_paths, open) => {
    const store = await open()
    await keep(store, sample('site-a', 2, ['shared']))
    const bad = sample('site-b', 3, ['shared', 'alone'])
    await keep(store, bad)
    await store.setVerdict(bad.id, 'rejected', 'indefinite')
    assert.equal(await store.hasChunk(sha256Hex(bytesOf('shared'))), true)
    assert.equal(await store.hasChunk(sha256Hex(bytesOf('alone'))), false)
    await store.close()
  }))

test('a pruned contribution keeps its envelope and loses its payload, also across a reopening', () =>
  withHome(async (_paths, open) => {
    const [old, fresh] = [sample('site-a', 1, ['old', 'shared']), sample('site-a', 2, ['new', 'shared'])]
    const store = await open()
    await keep(store, old)
    await keep(store, fresh)
    await store.setVerdict(old.id, 'pruned', 'superseded')
    for (const reopened of [store, undefined]) {
      const now = reopened ?? (await open())
      assert.deepEqual([now.get(old.id)?.state, now.get(old.id)?.reason], ['pruned', 'superseded'])
      assert.equal(sha256Hex((await now.getEnvelope(old.id))!), old.id)
      assert.equal(await now.hasChunk(sha256Hex(old.chunks[0]!)), false)
      assert.ok(await now.hasChunk(sha256Hex(old.chunks[1]!)), 'what another needs stays')
      assert.equal(now.get(fresh.id)?.state, 'admitted')
      assert.equal(now.nextSequence('site-a'), 3)
      assert.equal(now.statistics().blockBytes, 'new'.length + 'shared'.length)
      await now.close()
    }
  }))

test('what others have acknowledged is known after a reopening, whatever is written in between', () =>
  withHome(async (_paths, open) => {
    const mine = sample('site-a', 1, ['part'])
    const store = await open()
    await keep(store, mine)
    assert.equal(store.get(mine.id)?.acknowledged, undefined)
    await store.acknowledge(mine.id)
    await store.setVerdict(mine.id, 'fetching', 'chunk-corrupt')
    await store.close()
    const again = await open()
    assert.equal(again.get(mine.id)?.acknowledged, true)
    await again.close()
  }))

test('a store knows what is missing of a payload, and drops what it has of an incomplete one', () =>
  withHome(async (_paths, open) => {
    const CHUNK = 1024 * 1024
    const chunks = [Buffer.alloc(CHUNK, 1), Buffer.alloc(CHUNK, 2), Buffer.from('rest')]
    const payload = { digest: '', size: 2 * CHUNK + 4, chunks: chunks.map(sha256Hex) }
    const envelope = encode({ peer: 'site-a', sequence: 1, payload })
    const id = sha256Hex(envelope)
    const store = await open()
    await store.putEnvelope(id, envelope)
    assert.equal(store.missingBytes(id), 2 * CHUNK + 4)
    await store.putChunk(payload.chunks[1]!, chunks[1]!)
    assert.equal(store.missingBytes(id), CHUNK + 4)
    await store.dropPartial(id)
    assert.deepEqual([store.missingBytes(id), store.statistics().blockBytes], [2 * CHUNK + 4, 0])
    for (const [i, chunk] of chunks.entries()) await store.putChunk(payload.chunks[i]!, chunk)
    await store.setVerdict(id, 'admitted', null)
    await store.dropPartial(id)
    assert.equal(store.missingBytes(id), 0, 'what is complete is not touched')
    await store.close()
  }))

test('a write that fails leaves nothing behind and can be done again', () =>
  withHome(async (paths, open) => {
    const store = await open()
    const chunk = bytesOf('a chunk')
    const digest = sha256Hex(chunk)
    const inTheWay = join(paths.blocks, digest.slice(0, 2))
    await writeFile(inTheWay, 'a file where the folder should be')
    await assert.rejects(store.putChunk(digest, chunk))
    assert.equal(await store.hasChunk(digest), false)
    await rm(inTheWay)
    await store.putChunk(digest, chunk)
    assert.deepEqual(await store.getChunk(digest), Buffer.from(chunk))
    await store.close()
  }))
