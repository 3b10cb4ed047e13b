import assert from 'node:assert/strict'
import { copyFile, cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { FIRST_INCARNATION } from '../../../src/gossip/index.ts'
import { beginIncarnation, openIncarnation, renewIncarnation } from '../../../src/node/incarnation-file.ts'

const PEER = '12D3KooWHome'

describe('which memory a home has', () => {
  let root: string
  let home: string
  const marker = (): string => join(home, 'incarnation.json')

  before(async () => void (root = await mkdtemp(join(tmpdir(), 'peermerge-incarnation-'))))
  after(() => rm(root, { recursive: true, force: true }))
  beforeEach(async () => {
    home = await mkdtemp(join(root, 'home-'))
    await beginIncarnation(marker(), PEER)
  })

  const isKept = async (): Promise<void> =>
    assert.deepEqual(await openIncarnation(marker(), PEER), { incarnation: FIRST_INCARNATION, isNew: false })

  const isNew = async (peer = PEER): Promise<void> => {
    const first = await openIncarnation(marker(), peer)
    assert.equal(first.isNew, true)
    assert.match(first.incarnation, /^[0-9a-f]{16}$/)
    assert.notEqual(first.incarnation, FIRST_INCARNATION)
    assert.deepEqual(await openIncarnation(marker(), peer), { ...first, isNew: false })
  }

  test('is the first as often as it is started', async () => {
    for (let start = 0; start < 3; start++) await isKept()
  })

  test('is kept when the home is moved', async () => {
    await isKept()
    await rename(home, `${home}-moved`)
    home = `${home}-moved`
    await isKept()
  })

  test('is another in a copy, and kept in the original', async () => {
    const original = home
    await cp(home, `${home}-copy`, { recursive: true, preserveTimestamps: true })
    home = `${home}-copy`
    await isNew()
    home = original
    await isKept()
  })

  test('is another when a backup of before the last start is put back, in place too', async () => {
    const backup = join(root, 'backup.json')
    await copyFile(marker(), backup)
    await isKept() // the start, which writes it anew
    await writeFile(marker(), await readFile(backup)) // the same inode, as cp leaves it
    await isNew()
    await copyFile(backup, join(home, 'restored'))
    await rename(join(home, 'restored'), marker())
    await isNew()
  })

  test('is another where the marker is missing or damaged, or of another key', async () => {
    await rm(marker())
    await isNew()
    await writeFile(marker(), '{')
    await isNew()
    await writeFile(marker(), '')
    await isNew()
    await isNew('12D3KooWOther')
  })

  test('is another whenever the rounds themselves show that something was forgotten', async () => {
    const renewed = await renewIncarnation(marker(), PEER)
    assert.deepEqual(await openIncarnation(marker(), PEER), { incarnation: renewed, isNew: false })
  })
})
