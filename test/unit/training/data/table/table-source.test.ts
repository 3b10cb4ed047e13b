import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadSite } from '../../../../../src/training/data/load-site.ts'
import { openSource } from '../../../../../src/training/data/open-source.ts'
import type { RawSample, SampleFormat } from '../../../../../src/training/data/samples.ts'
import { listTableClasses } from '../../../../../src/training/data/table/table-classes.ts'
import type { SiteData } from '../../../../../src/training/types.ts'

const CLASSES = ['blue', 'green', 'red']

let dir: string
before(async () => (dir = await mkdtemp(join(tmpdir(), 'peermerge-source-'))))
after(() => rm(dir, { recursive: true, force: true }))

async function table(name: string, lines: readonly string[]): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, ['text,label', ...lines].join('\n'))
  return path
}

function site(path: string, more: Partial<SiteData> = {}): SiteData {
  return { path, classes: CLASSES, trainFraction: 0.7, splitSeed: 's', ...more }
}

async function samplesOf(data: SiteData): Promise<RawSample[]> {
  const samples: RawSample[] = []
  for await (const sample of (await openSource(data)).samples()) samples.push(sample)
  return samples
}

/** Records that are the text itself. */
const plain: SampleFormat = {
  encode: (text) => Promise.resolve(new TextEncoder().encode(text)),
  extentOf: () => 1,
  feeds: () => ({}),
  write: () => undefined,
}

const rows = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `text ${i},${CLASSES[i % 3]!}`)

describe('a table as a source', () => {
  it('is split class by class, by the seed, whatever its form', async () => {
    const path = await table('a.csv', rows(30))
    const samples = await samplesOf(site(path))
    assert.deepEqual(
      samples.map(({ source, label, where }) => [source, label, where]),
      Array.from({ length: 30 }, (_, i) => [`text ${i}`, i % 3, `${path}:${i + 2}`]),
    )
    const train = samples.filter(({ split }) => split === 'train')
    assert.deepEqual(
      [0, 1, 2].map((label) => train.filter((sample) => sample.label === label).length),
      [7, 7, 7],
    )
    const lines = join(dir, 'a.jsonl')
    await writeFile(
      lines,
      samples.map(({ source, label }) => JSON.stringify({ text: source, label: CLASSES[label] })).join('\n'),
    )
    const splits = (of: readonly RawSample[]): string[] => of.map(({ split }) => split)
    assert.deepEqual(splits(await samplesOf(site(lines))), splits(samples))
    assert.notDeepEqual(splits(await samplesOf(site(path, { splitSeed: 't' }))), splits(samples))
  })

  it('trains on all of it where a held-out file is given', async () => {
    const path = await table('train.csv', rows(6))
    const heldOutPath = await table('test.csv', ['other,red', 'text 3,blue'])
    const source = await openSource(site(path, { heldOutPath }))
    assert.equal(source.total, 8)
    assert.match(source.warnings.join(), /1 of 2 held-out texts \(50 %\) are among the training texts/)
    const samples = await samplesOf(site(path, { heldOutPath }))
    assert.deepEqual(samples.map(({ split }) => split).join(), `${'train,'.repeat(6)}heldOut,heldOut`)
    assert.equal(samples[7]!.where, `${heldOutPath}:3`)
  })

  it('warns of labels that are only held out', async () => {
    const path = await table('train.csv', ['a,red', 'b,blue'])
    const heldOutPath = await table('test.csv', ['c,green', 'd,red'])
    const { warnings } = await openSource(site(path, { heldOutPath }))
    assert.deepEqual(warnings, ['only held-out rows have the label green, so nothing here is trained on it'])
  })

  it('takes the columns that it is told, and lists those found otherwise', async () => {
    const path = join(dir, 'columns.tsv')
    await writeFile(path, 'id\tutterance\tintent\n1\thi\tred\n2\tho\tblue\n')
    const columns = { text: 'utterance', label: 'intent' }
    assert.deepEqual(
      (await samplesOf(site(path, { columns }))).map(({ source }) => source),
      ['hi', 'ho'],
    )
    await assert.rejects(openSource(site(path)), {
      code: 'ERR_NO_COLUMN',
      message: /no column "text"; columns found: "id", "utterance", "intent"/,
    })
    await writeFile(path, 'text\tlabel\ttext\na\tred\tb\n')
    await assert.rejects(openSource(site(path)), {
      code: 'ERR_NO_COLUMN',
      message: /2 columns are named "text"/,
    })
  })

  it('skips rows without text or label, each named', async () => {
    const path = join(dir, 'holes.jsonl')
    const lines = [
      { text: 'a', label: 'red' },
      { text: '  ', label: 'red' },
      { label: 'red' },
      { text: 5, label: 'red' },
      { text: 'b', label: null },
      { text: 'c', label: '' },
      { text: 'd', label: 'blue' },
    ]
    await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'))
    const source = await openSource(site(path))
    assert.deepEqual(
      source.skipped.map(({ where, reason }) => `${where.slice(path.length)} ${reason}`),
      [':2 empty text', ':3 no text', ':4 text is not a text', ':5 no label', ':6 no label'],
    )
    assert.equal(source.total, 2)
  })

  it('keeps few of a hundred thousand bad rows, and the number of each kind', async () => {
    const path = await table('bad.csv', [
      ...rows(6),
      ...Array.from({ length: 100_000 }, (_, i) => (i % 4 ? ',red' : 'x')),
    ])
    const source = await openSource(site(path))
    assert.equal(source.skipped.length, 100)
    assert.match(
      source.warnings.join(),
      /^100000 rows of .*bad\.csv were skipped, the first 100 are named: 25000 × another number of cells .*, 75000 × empty text$/,
    )
  })

  it('refuses a label that is no class, and names the row and those most like it', async () => {
    const path = await table('a.csv', ['a,red', 'b,Gren', 'c,blue'])
    await assert.rejects(openSource(site(path)), {
      code: 'ERR_UNKNOWN_CLASS',
      message:
        /a\.csv:3: label "Gren" is not a class of the charter; nearest of its 3 classes: green, red, blue$/,
    })
  })

  it('leaves out rows whose label is no class where that is asked for, and counts them by label', async () => {
    const strange = ['a,tomorrow', 'b,Gren', 'c,later', 'd,tomorrow', 'e,tomorrow']
    const path = await table('a.csv', rows(30).flatMap((row, i) => [row, ...(i % 6 === 0 ? [strange[i / 6]!] : [])])) // prettier-ignore
    const source = await openSource(site(path, { unknownLabels: 'leave-out' }))
    assert.deepEqual(source.unknown, [
      { label: 'Gren', count: 1 },
      { label: 'later', count: 1 },
      { label: 'tomorrow', count: 3 },
    ])
    assert.equal(source.total, 30)
    const loaded = await loadSite(site(path), source, plain)
    assert.equal(loaded.train.labels.length + loaded.heldOut.labels.length, 30)
    assert.deepEqual(loaded.summary.unknown, source.unknown)
    assert.deepEqual(loaded.summary.skipped, [])
    const [leftOut, alike, ...others] = loaded.summary.warnings
    assert.match(leftOut!, /^5 rows of .*a\.csv .* left out: 1 × "Gren", 1 × "later", 3 × "tomorrow"$/)
    assert.match(alike!, /"Gren" \(1 rows\) is much like "green"$/)
    assert.deepEqual(others, [])
    loaded.close()
    await assert.rejects(openSource(site(path)), { code: 'ERR_UNKNOWN_CLASS' })
    await assert.rejects(openSource(site(path, { unknownLabels: 'refuse' })), { code: 'ERR_UNKNOWN_CLASS' })
    const of = { classes: ['one', 'two'], unknownLabels: 'leave-out' } as const
    const message =
      /no row can be used; 35 rows of .* were left out: 1 × "Gren", 10 × "blue", 10 × "green", 1 × "later", 10 × "red", …/
    await assert.rejects(openSource(site(path, of)), { code: 'ERR_NO_SAMPLES', message })
  })

  it('splits a class alike before and after others are known, and counts what is held out of its own', async () => {
    const [path, heldOutPath] = [
      await table('a.csv', rows(30)),
      await table('b.csv', ['x,red', 'y,blue', 'z,red']),
    ]
    const some = site(path, { classes: ['red'], unknownLabels: 'leave-out' })
    const of = (samples: readonly RawSample[], label: number): string[] =>
      samples.filter((one) => one.label === label).map(({ source, split }) => `${source} ${split}`)
    assert.deepEqual(of(await samplesOf(some), 0), of(await samplesOf(site(path)), 2))
    const held = await openSource({ ...some, heldOutPath })
    assert.deepEqual(held.unknown, [{ label: 'blue', count: 11 }, { label: 'green', count: 10 }]) // prettier-ignore
    assert.equal(held.total, 12)
  })

  it('notices a row that becomes one to leave out while the file is read', async () => {
    const path = await table('a.csv', rows(9))
    const data = site(path, { unknownLabels: 'leave-out' })
    const source = await openSource(data)
    await table('a.csv', rows(9).with(4, 'text 4,tomorrow'))
    await assert.rejects(loadSite(data, source, plain), { code: 'ERR_DATA_CHANGED' })
  })

  it('refuses so many strange labels that they are none', async () => {
    const path = await table('a.csv', [
      'x,red',
      'y,red',
      ...Array.from({ length: 10_001 }, (_, i) => `text,${i}`),
    ])
    await assert.rejects(openSource(site(path, { unknownLabels: 'leave-out' })), {
      code: 'ERR_TABLE',
      message: /more than 10000 labels that are no class.*"10000"; name the column/,
    })
  })

  it('refuses a file with less than two good rows', async () => {
    await assert.rejects(openSource(site(await table('a.csv', []))), { code: 'ERR_NO_SAMPLES' })
    await assert.rejects(openSource(site(await table('a.csv', [',red']))), {
      code: 'ERR_NO_SAMPLES',
      message: /no row can be used; 1 were skipped, the first .*a\.csv:2: empty text/,
    })
    await assert.rejects(openSource(site(await table('a.csv', ['a,red']))), { code: 'ERR_TOO_FEW_SAMPLES' })
    const heldOutPath = await table('b.csv', ['b,red'])
    assert.equal((await openSource(site(await table('a.csv', ['a,red']), { heldOutPath }))).total, 2)
  })

  it('notices a file that changes while it is read', async () => {
    const path = await table('a.csv', rows(9))
    const source = await openSource(site(path))
    await table('a.csv', rows(8))
    await assert.rejects(loadSite(site(path), source, plain), { code: 'ERR_DATA_CHANGED' })
    const growing = await openSource(site(path))
    await appendFile(path, '\nmore,red')
    await assert.rejects(loadSite(site(path), growing, plain), { code: 'ERR_DATA_CHANGED' })
  })

  it('is loaded with what was skipped and cut', async () => {
    const path = await table('a.csv', [...rows(9), ',red'])
    const format = { ...plain, cut: 0 }
    format.encode = async (text) => {
      if (text === 'text 4') throw new Error('no')
      if (text === 'text 5') format.cut++
      return plain.encode(text)
    }
    const loaded = await loadSite(site(path), await openSource(site(path)), format)
    const { train, heldOut, summary } = loaded
    assert.equal(train.labels.length + heldOut.labels.length, 8)
    assert.deepEqual(
      summary.skipped.map(({ where, reason }) => [where, reason]),
      [
        [`${path}:11`, 'empty text'],
        [`${path}:6`, 'no'],
      ],
    )
    assert.deepEqual(summary.warnings, [
      '1 of 8 texts (12.5 %) are longer than the extent of the charter and were cut',
    ])
    const text = Buffer.from(train.read(0)).toString()
    assert.equal(
      CLASSES.indexOf(
        rows(9)
          .find((row) => row.startsWith(`${text},`))!
          .split(',')[1]!,
      ),
      train.labels[0],
    )
    loaded.close()
  })
})

describe('listTableClasses', () => {
  it('gives the distinct labels of good rows, sorted by code unit', async () => {
    const path = await table('a.csv', ['a,z', 'b,É', 'c,Z', 'd,z', ',nobody', 'e,10', 'f,9'])
    assert.deepEqual(await listTableClasses(path), ['10', '9', 'Z', 'z', 'É'])
  })

  it('refuses a column in which hardly two rows are alike', async () => {
    const path = await table(
      'a.csv',
      Array.from({ length: 10_001 }, (_, i) => `a,${i}`),
    )
    await assert.rejects(listTableClasses(path), {
      code: 'ERR_TABLE',
      message: /more than 10000 distinct labels/,
    })
  })
})
