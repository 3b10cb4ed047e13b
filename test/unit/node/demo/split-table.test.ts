import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, beforeEach, before, describe, it } from 'node:test'
import { createRandom } from '../../../../src/merge/index.ts'
import { classesIn } from '../../../../src/node/class-folders.ts'
import { siteNames } from '../../../../src/node/demo/site-names.ts'
import { sitesOfTable } from '../../../../src/node/demo/split-table.ts'
import type { TableSites, TableSplitOptions } from '../../../../src/node/demo/split-table.ts'

let dir: string
let work: string
before(async () => (dir = await mkdtemp(join(tmpdir(), 'peermerge-split-'))))
beforeEach(async () => (work = await mkdtemp(join(dir, 'work-'))))
after(() => rm(dir, { recursive: true, force: true }))

const LABELS = ['red', 'green', 'blue']
const ROWS = Array.from({ length: 120 }, (_, i) => ({
  text: `line ${i}\nof, "two"`,
  label: LABELS[i % 3]!,
  hospital: ['St. Mary', 'Nord/Süd', '../up'][(i * i) % 3 === 1 ? 1 : i % 5 === 0 ? 2 : 0]!,
}))

async function table(rows: readonly object[] = ROWS): Promise<string> {
  const path = join(dir, 'all.jsonl')
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'))
  return path
}

function options(change: Partial<TableSplitOptions> = {}): TableSplitOptions {
  const random = createRandom('sites')
  return { sites: 4, concentration: 0.5, uniform: () => random.uniform(), ...change }
}

async function rowsOf({ sites }: TableSites): Promise<{ text: string; label: string }[][]> {
  const files = await Promise.all(sites.map(({ data }) => readFile(data, 'utf8')))
  return files.map((file) =>
    file
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; label: string }),
  )
}

describe('sitesOfTable', () => {
  it('makes a site of every value of a column, each with its rows in their order', async () => {
    const result = await sitesOfTable(await table(), work, options({ siteColumn: 'hospital' }))
    assert.deepEqual(
      result.sites.map(({ name }) => name),
      ['up', 'Nord-Süd', 'St.-Mary'],
    )
    assert.ok(result.sites.every(({ data, name }) => data === join(work, 'data', `${name}.jsonl`)))
    assert.deepEqual(result.classes, ['blue', 'green', 'red'])
    const names = ['../up', 'Nord/Süd', 'St. Mary']
    assert.deepEqual(
      await rowsOf(result),
      names.map((name) =>
        ROWS.filter(({ hospital }) => hospital === name).map(({ text, label }) => ({ text, label })),
      ),
    )
  })

  it('deals rows by the seed, every row once, fewer classes a site the smaller the concentration', async () => {
    const path = await table()
    const read = async (concentration: number, name: string): Promise<{ text: string; label: string }[][]> =>
      rowsOf(await sitesOfTable(path, join(work, name), options({ concentration })))
    const first = await read(1, 'a')
    assert.deepEqual(await read(1, 'b'), first)
    assert.deepEqual(
      first
        .flat()
        .map(({ text }) => text)
        .sort(),
      ROWS.map(({ text }) => text).sort(),
    )
    const evenness = (sites: { label: string }[][]): number =>
      Math.min(...sites.map((rows) => new Set(rows.map(({ label }) => label)).size))
    assert.equal(evenness(await read(100, 'c')), 3)
  })

  it('takes other columns, and tells of rows that it leaves out', async () => {
    const path = join(dir, 'other.csv')
    await writeFile(path, 'say,kind,where\na,x,1\n,x,1\nb,y,2\nc,x,2\nd,y,1\ne,y,\n')
    const result = await sitesOfTable(
      path,
      work,
      options({ columns: { text: 'say', label: 'kind' }, siteColumn: 'where' }),
    )
    assert.equal(result.skipped, 2)
    assert.equal(result.firstSkipped, `${path}:3: empty say`)
    assert.deepEqual(await rowsOf(result), [
      [
        { text: 'a', label: 'x' },
        { text: 'd', label: 'y' },
      ],
      [
        { text: 'b', label: 'y' },
        { text: 'c', label: 'x' },
      ],
    ])
  })

  it('refuses what makes no sites, and says why', async () => {
    const path = await table()
    await assert.rejects(sitesOfTable(path, work, options({ siteColumn: 'ward' })), {
      code: 'ERR_NO_COLUMN',
      message: /no column "ward"; columns found: "text", "label", "hospital"/,
    })
    await assert.rejects(sitesOfTable(path, work, options({ siteColumn: 'text' })), {
      message: /more than 64 sites/,
    })
    await assert.rejects(
      sitesOfTable(await table(ROWS.slice(0, 1)), work, options({ siteColumn: 'hospital' })),
      {
        message: /at least two sites, found only "\.\.\/up"/,
      },
    )
    await assert.rejects(sitesOfTable(await table(ROWS.slice(0, 6)), work, options({ sites: 5 })), {
      message: /site site-\d gets [01] rows; every site needs two/,
    })
    await assert.rejects(
      sitesOfTable(await table(ROWS.filter(({ label }) => label === 'red')), work, options()),
      {
        message: /at least two classes, found 1/,
      },
    )
  })
})

describe('siteNames', () => {
  it('are short, distinct and good as names of files', () => {
    const names = siteNames(['A b', 'a/b', 'A-B', '..', '', 'x'.repeat(90), 'x'.repeat(91), '京都'])
    assert.deepEqual(names, [
      'A-b',
      'a-b-2',
      'A-B-3',
      'site',
      'site-2',
      'x'.repeat(40),
      `${'x'.repeat(40)}-2`,
      '京都',
    ])
    assert.ok(names.every((name) => basename(name) === name))
  })
})

describe('classesIn', () => {
  it('lists the labels of a table, and refuses one of a single class', async () => {
    assert.deepEqual(await classesIn(await table()), ['blue', 'green', 'red'])
    await assert.rejects(classesIn(await table(ROWS.slice(0, 1))), {
      message: /at least two classes, found only "red"/,
    })
  })
})
