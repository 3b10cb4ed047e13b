import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DiskSpace, shortage, type DiskLimits, type DiskUsage } from '../../../src/node/disk-space.ts'

const MB = 1_000_000

/** Payloads of 2 MB each on a disk of 100 MB, of which `used` are full. */
function spaceOf(limits: DiskLimits, used: number, evictable = 0) {
  const disk = { used, evictable, dropped: [] as string[], asked: [] as number[], told: [] as DiskUsage[] }
  const missing = new Map<string, number>()
  const space = new DiskSpace({
    limits: () => limits,
    store: {
      missingBytes: (id) => missing.get(id) ?? 2 * MB,
      dropPartial: (id) => Promise.resolve(void disk.dropped.push(id)),
      statistics: () => ({
        admitted: 0,
        fetching: 0,
        rejected: 0,
        pruned: 0,
        blocks: 0,
        blockBytes: disk.used,
      }),
    },
    freeBytes: () => Promise.resolve(100 * MB - disk.used),
    evict: (bytes) => {
      disk.asked.push(bytes)
      const gone = Math.min(bytes, disk.evictable)
      disk.used -= gone
      disk.evictable -= gone
      return Promise.resolve()
    },
    describe: (id) => `site of ${id}`,
    onFull: (usage) => void disk.told.push(usage),
  })
  const arrived = (id: string): void => {
    missing.set(id, 0)
    disk.used += 2 * MB
  }
  return { space, disk, arrived }
}

test('a shortage is that of the quota or of the free disk, whichever is greater', () => {
  const limits = { maxBytes: 10, minFreeBytes: 4 }
  assert.equal(shortage(3, 7, 100, limits), 0)
  assert.equal(shortage(4, 7, 100, limits), 1)
  assert.equal(shortage(1, 0, 5, limits), 0)
  assert.equal(shortage(3, 0, 5, limits), 2)
  assert.ok(shortage(1e12, 0, 2e12, { minFreeBytes: 0 }) < 0, 'no quota')
})

test('what does not fit the quota is refused: whose it is, and how much is missing', async () => {
  const { space, disk } = spaceOf({ maxBytes: 10 * MB, minFreeBytes: 0 }, 9 * MB)
  await assert.rejects(space.reserve('a'), {
    code: 'ERR_NO_SPACE',
    message: /^site of a: 2.00 MB do not fit, 1.00 MB are missing/,
    detail: { whose: 'site of a', bytes: 2 * MB, missingBytes: MB },
  })
  assert.deepEqual(disk.dropped, ['a'], 'nothing of it stays')
})

test('what would leave too little free on the disk is refused', async () => {
  const { space } = spaceOf({ minFreeBytes: 50 * MB }, 49 * MB)
  await assert.rejects(space.reserve('a'), { code: 'ERR_NO_SPACE', message: /1.00 MB are missing/ })
})

test('room set aside for one payload is not given to another, and what has arrived is not counted twice', async () => {
  const { space, arrived } = spaceOf({ maxBytes: 4 * MB, minFreeBytes: 0 }, 0)
  const release = await space.reserve('a')
  await space.reserve('b')
  await assert.rejects(space.reserve('c'), { code: 'ERR_NO_SPACE' })
  arrived('a')
  await assert.rejects(space.reserve('c'), { code: 'ERR_NO_SPACE' })
  release()
  await assert.rejects(space.reserve('c'), { code: 'ERR_NO_SPACE' }, 'it is there now')
  const again = spaceOf({ maxBytes: 4 * MB, minFreeBytes: 0 }, 0)
  const given = await again.space.reserve('a')
  await again.space.reserve('b')
  given()
  await again.space.reserve('c')
})

test('superseded payloads make room, no more of them than needed', async () => {
  const { space, disk } = spaceOf({ maxBytes: 10 * MB, minFreeBytes: 0 }, 9 * MB, 5 * MB)
  await space.reserve('a')
  assert.deepEqual(disk.asked, [MB])
  assert.equal(disk.used, 8 * MB)
  await space.reserveOwn(MB / 2)
  assert.deepEqual(disk.asked, [MB, MB / 2], 'own contributions need room, too')
  await assert.rejects(space.reserveOwn(50 * MB), {
    code: 'ERR_NO_SPACE',
    message: /next contribution of this site/,
  })
})

test('that nothing fits is told once, until something has fitted again', async () => {
  const { space, disk } = spaceOf({ maxBytes: 10 * MB, minFreeBytes: 0 }, 9 * MB)
  await assert.rejects(space.reserve('a'))
  await assert.rejects(space.reserve('b'))
  assert.deepEqual(disk.told, [{ usedBytes: 9 * MB, quotaBytes: 10 * MB }])
  disk.used = 5 * MB
  await space.reserve('a')
  disk.used = 9 * MB
  await assert.rejects(space.reserve('b'))
  assert.equal(disk.told.length, 2)
})

test('without a quota the disk is one', async () => {
  const { space, disk } = spaceOf({ minFreeBytes: 50 * MB }, 49 * MB)
  await assert.rejects(space.reserve('a'))
  assert.deepEqual(disk.told, [{ usedBytes: 49 * MB, quotaBytes: 50 * MB }])
})
