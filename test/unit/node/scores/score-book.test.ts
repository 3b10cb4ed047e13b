import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/node/logger.ts'
import { ScoreBook } from '../../../../src/node/scores/score-book.ts'

const CHARTER = '1'.repeat(64)
const NEXT = '2'.repeat(64)
const MERGE = 'a'.repeat(64)
const FOUND = [
  { task: null, score: { correct: 3, count: 4 }, own: 'b'.repeat(64), others: 'c'.repeat(64) },
  { task: 'd'.repeat(64), score: { correct: 0, count: 0 }, own: 'e'.repeat(64), others: 'f'.repeat(64) },
]

async function inDirectory(check: (file: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-scores-'))
  try {
    await check(join(dir, 'scores.json'))
  } finally {
    await rm(dir, { recursive: true })
  }
}

const open = (file: string, charter = CHARTER, carried: string[] = []): Promise<ScoreBook> =>
  ScoreBook.open({ file, charter, carried: new Set(carried), logger: silentLogger() })

test('what was scored is known after a restart; a task without samples is not in it', async () => {
  await inDirectory(async (file) => {
    const book = await open(file)
    assert.deepEqual([book.merge, book.records], [null, []])
    await book.enter(MERGE, FOUND)
    const again = await open(file)
    assert.equal(again.merge, MERGE)
    assert.deepEqual(again.records, book.records)
    assert.deepEqual(
      again.records.map(({ now }) => now),
      [{ merge: MERGE, correct: 3, count: 4 }],
    )
  })
})

test('another charter starts anew, but for one that carries on what was before', async () => {
  await inDirectory(async (file) => {
    await (await open(file)).enter(MERGE, FOUND)
    assert.equal((await open(file, NEXT)).merge, null)
    assert.equal((await open(file, NEXT, [CHARTER])).merge, MERGE)
  })
})

test('a file that cannot be read costs no more than what it said', async () => {
  await inDirectory(async (file) => {
    await (await open(file)).enter(MERGE, FOUND)
    const text = await readFile(file, 'utf8')
    for (const broken of [text.slice(0, 40), text.replace('"count":4', '"count":0'), '[]']) {
      await writeFile(file, broken)
      assert.deepEqual((await open(file)).records, [])
    }
  })
})
