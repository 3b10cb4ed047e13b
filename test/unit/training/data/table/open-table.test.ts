import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { openTable } from '../../../../../src/training/data/table/open-table.ts'
import { BROKEN_TEXT } from '../../../../../src/training/data/table/table.ts'
import type { TableRow } from '../../../../../src/training/data/table/table.ts'

const FIXTURES = join(import.meta.dirname, '../../../../fixtures/tables')
const MIB = 1024 ** 2

let dir: string
before(async () => (dir = await mkdtemp(join(tmpdir(), 'peermerge-tables-'))))
after(() => rm(dir, { recursive: true, force: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, content)
  return path
}

async function rowsOf(path: string, ...wanted: string[]): Promise<TableRow[]> {
  const rows: TableRow[] = []
  for await (const row of (await openTable(path)).rows(wanted)) rows.push(row)
  return rows
}

/** Rows in short: cells, or the kind of trouble. */
const short = (rows: readonly TableRow[]): unknown[] =>
  rows.map((row) => [row.line, 'kind' in row ? (row.reason ?? row.kind) : row.cells])

describe('delimited files', () => {
  it('are read as RFC 4180 has them, whatever their line ends, with and without a byte order mark', async () => {
    const lines = ['id,text,label', '1,"a, ""b""",x', '2,"two\nlines",y', '', '3,é 😀,x']
    for (const mark of ['', '\ufeff']) {
      for (const end of ['\n', '\r\n', '\r']) {
        const path = await file('a.csv', mark + lines.join(end) + end)
        const rows = await rowsOf(path, 'text', 'label')
        assert.deepEqual(
          rows.map((row) => 'cells' in row && row.cells),
          [
            ['a, "b"', 'x'],
            ['two\nlines', 'y'],
            ['é 😀', 'x'],
          ],
          JSON.stringify([mark, end]),
        )
      }
    }
  })

  it('may mix line ends, lack the last one, and hold tabs', async () => {
    const path = await file('a.tsv', 'text\tlabel\r\none, two\tx\nsay "hi" 5" wide\ty\r\n"q\tq"\tz')
    assert.deepEqual(short(await rowsOf(path, 'label', 'text')), [
      [2, ['x', 'one, two']],
      [3, ['y', 'say "hi" 5" wide']],
      [4, ['z', 'q\tq']],
    ])
  })

  it('name rows with too few or too many cells by line', async () => {
    const path = await file('a.csv', 'text,label\na,x\nb\nc,x,z\nd,y\n')
    assert.deepEqual(short(await rowsOf(path, 'text', 'label')), [
      [2, ['a', 'x']],
      [3, 'expected 2 cells as in the head row, found 1'],
      [4, 'expected 2 cells as in the head row, found 3'],
      [5, ['d', 'y']],
    ])
  })

  it('name rows that are not UTF-8 and keep the others', async () => {
    const bytes = Buffer.concat([
      Buffer.from('text,label\né,x\n'),
      Buffer.from([0x61, 0xe9, 0x2c, 0x78, 0x0a]),
      Buffer.from('b,x\n'),
    ])
    assert.deepEqual(short(await rowsOf(await file('a.csv', bytes), 'text')), [
      [2, ['é']],
      [3, 'not valid UTF-8'],
      [4, ['b']],
    ])
  })

  it('pass over a line of 10 MB and go on behind it', async () => {
    const long = 'x'.repeat(10 * MIB)
    for (const end of ['\n', '\r\n', '\r']) {
      const path = await file(
        'a.csv',
        ['text,label', 'a,x', `${long},y`, 'b,x', `c,${long}`, 'd,y', ''].join(end),
      )
      assert.deepEqual(short(await rowsOf(path, 'text', 'label')), [
        [2, ['a', 'x']],
        [3, 'longer than 1048576 bytes'],
        [4, ['b', 'x']],
        [5, 'longer than 1048576 bytes'],
        [6, ['d', 'y']],
      ])
    }
  })

  it('refuse a quotation mark that is never closed, and name its line', async () => {
    const early = await file('a.csv', 'text,label\na,x\n"b,y\n' + 'c,x\n'.repeat(3))
    await assert.rejects(rowsOf(early, 'text'), {
      code: 'ERR_TABLE',
      message: /opened in the row that begins at line 3 /,
    })
    const late = await file('b.csv', 'text,label\na,x\nb,y\n"c,y\n' + 'd,x\n'.repeat(MIB))
    await assert.rejects(rowsOf(late, 'text'), {
      code: 'ERR_TABLE',
      message: /opened in the row that begins at line 4 /,
    })
  })

  it('hand out the rows before the trouble', async () => {
    const path = await file('a.csv', 'text,label\na,x\nb,y\n"c,y\n')
    const seen: TableRow[] = []
    await assert.rejects(async () => {
      for await (const row of (await openTable(path)).rows(['text'])) seen.push(row)
    })
    assert.deepEqual(short(seen), [
      [2, ['a']],
      [3, ['b']],
    ])
  })

  it('keep NUL characters, and names that occur twice', async () => {
    const path = await file('a.csv', 'text,label,text\na\0b,x,c\n')
    assert.deepEqual((await openTable(path)).columns, ['text', 'label', 'text'])
    assert.deepEqual(short(await rowsOf(path, 'text')), [[2, ['a\0b']]])
  })

  it('refuse an empty file, one of blank lines, and UTF-16', async () => {
    for (const content of ['', '\ufeff', '\n\n\n']) {
      await assert.rejects(openTable(await file('a.csv', content)), {
        code: 'ERR_TABLE',
        message: /no head row/,
      })
    }
    const utf16 = Buffer.from('\ufefftext,label\na,x\n', 'utf16le')
    await assert.rejects(openTable(await file('a.csv', utf16)), {
      code: 'ERR_TABLE',
      message: /UTF-16.*UTF-8/,
    })
    assert.deepEqual(await rowsOf(await file('a.csv', 'text,label'), 'text'), [])
  })

  it('give back any cells that were written to them', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/\r/g, ''))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 12 }), async (cells) => {
        const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
        const lines = cells.map((row) => row.map(quote).join(','))
        const path = await file('any.csv', ['text,label', ...lines].join('\n'))
        const rows = await rowsOf(path, 'text', 'label')
        assert.deepEqual(
          rows.map((row) => 'cells' in row && row.cells),
          cells,
        )
      }),
      { numRuns: 60 },
    )
  })
})

describe('JSON lines', () => {
  it('are read object by object; what is none is named', async () => {
    const path = await file(
      'a.jsonl',
      '\ufeff{"text":"a\\n\\u00e9","label":1}\r\n\n[1]\n{"text":\n"x"\n{"label":"y","more":{}}\nnull\n{"text":"z"}',
    )
    assert.deepEqual((await openTable(path)).columns, ['text', 'label', 'more'])
    assert.deepEqual(short(await rowsOf(path, 'text', 'label')), [
      [1, ['a\né', 1]],
      [3, 'not a JSON object'],
      [4, 'not valid JSON'],
      [5, 'not a JSON object'],
      [6, [undefined, 'y']],
      [7, 'not a JSON object'],
      [8, ['z', undefined]],
    ])
  })

  it('pass over a line of 10 MB, and bytes that are not UTF-8', async () => {
    const long = Buffer.from(`{"text":"${'x'.repeat(10 * MIB)}"}\n`)
    const bad = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d, 0x0a])
    const path = await file(
      'a.jsonl',
      Buffer.concat([Buffer.from('{"text":"a"}\n'), long, bad, Buffer.from('{"text":"b"}\n')]),
    )
    assert.deepEqual(short(await rowsOf(path, 'text')), [
      [1, ['a']],
      [2, 'longer than 1048576 bytes'],
      [3, 'not valid UTF-8'],
      [4, ['b']],
    ])
  })

  it('take names of Object.prototype for what they are, and refuse a file without objects', async () => {
    const path = await file('a.jsonl', '{"__proto__":"p","text":"a"}\n{"text":"b"}\n')
    assert.deepEqual(short(await rowsOf(path, '__proto__', 'constructor', 'text')), [
      [1, ['p', undefined, 'a']],
      [2, [undefined, undefined, 'b']],
    ])
    for (const content of ['', '[]\n1\n'])
      await assert.rejects(openTable(await file('a.jsonl', content)), { code: 'ERR_TABLE' })
  })
})

describe('Parquet files', () => {
  const text = (i: number): string | undefined => (i === 7 ? undefined : `text ${i} ${'é'.repeat(i % 3)}`)

  it('are read with every compression, row group by row group, of them only the wanted columns', async () => {
    for (const codec of ['snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'none']) {
      const path = join(FIXTURES, `${codec}.parquet`)
      assert.deepEqual((await openTable(path)).columns, ['text', 'extra', 'label'])
      const rows = await rowsOf(path, 'label', 'text')
      assert.deepEqual(
        rows.map((row) => [row.line, 'cells' in row && row.cells.map((cell) => cell ?? undefined)]),
        Array.from({ length: 50 }, (_, i) => [i + 1, [['red', 'green', 'blue'][i % 3], text(i)]]),
        codec,
      )
    }
  })

  it('name classes whose numbers are described', async () => {
    const rows = await rowsOf(join(FIXTURES, 'class-label.parquet'), 'label')
    assert.deepEqual(short(rows.slice(0, 4)), [
      [1, ['red']],
      [2, ['green']],
      [3, ['blue']],
      [4, ['red']],
    ])
  })

  it('mark a text that is not UTF-8', async () => {
    const rows = await rowsOf(join(FIXTURES, 'not-utf8.parquet'), 'text')
    assert.deepEqual(short(rows), [
      [1, ['fine']],
      [2, [BROKEN_TEXT]],
      [3, ['good']],
    ])
  })

  it('are refused when cut off anywhere, empty, or something else', async () => {
    const whole = await readFile(join(FIXTURES, 'zstd.parquet'))
    for (const length of [0, 3, 4, 11, 12, 100, Math.floor(whole.length / 2), whole.length - 1]) {
      const path = await file('cut.parquet', whole.subarray(0, length))
      await assert.rejects(
        rowsOf(path, 'text'),
        { code: 'ERR_TABLE', message: /cannot be read as Parquet: / },
        `${length} bytes`,
      )
    }
    const csv = await file('a.parquet', 'text,label\na,x\n')
    await assert.rejects(openTable(csv), { code: 'ERR_TABLE' })
  })

  it('are refused when bytes are changed, or read without an end that never comes', async () => {
    const whole = await readFile(join(FIXTURES, 'snappy.parquet'))
    const outcomes = { read: 0, refused: 0 }
    for (let at = 4; at < whole.length; at += 17) {
      const changed = Buffer.from(whole)
      changed[at]! ^= 0xff
      const path = await file('changed.parquet', changed)
      const seen = await rowsOf(path, 'text', 'label').catch((error: unknown) => error as { code?: string })
      if (Array.isArray(seen)) outcomes.read++
      else {
        assert.equal(seen.code, 'ERR_TABLE', `byte ${at}: ${String(seen.code)}`)
        outcomes.refused++
      }
    }
    assert.ok(outcomes.refused > 20, JSON.stringify(outcomes))
  })
})

describe('openTable', () => {
  it('refuses what is not a table, or not there', async () => {
    await assert.rejects(openTable(join(dir, 'a.xlsx')), {
      code: 'ERR_DATA_MISSING',
      message: /\.csv, \.tsv, /,
    })
    await assert.rejects(openTable(join(dir, 'absent.csv')), {
      code: 'ERR_DATA_MISSING',
      message: /cannot be read/,
    })
    const { mkdir } = await import('node:fs/promises')
    await mkdir(join(dir, 'folder.csv'))
    await assert.rejects(openTable(join(dir, 'folder.csv')), {
      code: 'ERR_DATA_MISSING',
      message: /not a file/,
    })
  })

  it('stops within a row when it is cancelled', async () => {
    for (const name of ['a.csv', 'a.jsonl', 'zstd.parquet']) {
      const content = name.endsWith('csv')
        ? 'text\n' + 'a\n'.repeat(400_000)
        : '{"text":"a"}\n'.repeat(100_000)
      const path = name.endsWith('parquet') ? join(FIXTURES, name) : await file(name, content)
      const controller = new AbortController()
      let count = 0
      await assert.rejects(
        async () => {
          for await (const row of (await openTable(path)).rows(['text'], controller.signal)) {
            count += row.line > 0 ? 1 : 0
            controller.abort(new Error('enough'))
          }
        },
        { message: 'enough' },
        name,
      )
      assert.ok(count < 300_000, `${name}: ${count} rows`)
    }
  })
})
