import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openTokenizer } from '../../../../../src/training/data/text/tokenizer/text-tokenizer.ts'

const FIXTURES = join(import.meta.dirname, '../../../../fixtures/tokenizers')
const ROOMY = { extent: 4096, vocabulary: 100_000 }

interface Expected {
  readonly texts: readonly string[]
  readonly ids: Readonly<Record<string, readonly (readonly number[])[]>>
}

const expected = JSON.parse(await readFile(join(FIXTURES, 'expected.json'), 'utf8')) as Expected

let dir: string
before(async () => (dir = await mkdtemp(join(tmpdir(), 'peermerge-tokenizer-'))))
after(() => rm(dir, { recursive: true, force: true }))

/** A copy of a fixture, its tokenizer.json changed. */
async function changed(name: string, change: (json: Record<string, unknown>) => void): Promise<string> {
  const copy = await mkdtemp(join(dir, 'copy-'))
  await cp(join(FIXTURES, name), copy, { recursive: true })
  const file = join(copy, 'tokenizer.json')
  const json = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
  change(json)
  await writeFile(file, JSON.stringify(json))
  return copy
}

describe('openTokenizer', () => {
  for (const [name, ids] of Object.entries(expected.ids)) {
    it(`gives the ids of the reference: ${name}`, async () => {
      const tokenizer = await openTokenizer(join(FIXTURES, name), ROOMY)
      for (const [i, text] of expected.texts.entries())
        assert.deepEqual([...tokenizer.encode(text).ids], ids[i], `${i}: ${JSON.stringify(text)}`)
    })
  }

  it('builds that of a BERT from its vocabulary alone', async () => {
    const tokenizer = await openTokenizer(join(FIXTURES, 'vocab-only'), ROOMY)
    for (const [i, text] of expected.texts.entries())
      assert.deepEqual(
        [...tokenizer.encode(text).ids],
        expected.ids['bert-uncased']![i],
        JSON.stringify(text),
      )
  })

  it('cuts a text to the extent and keeps the special tokens', async () => {
    for (const [name, extent, before, after] of [
      ['bert-uncased', 7, 1, 1],
      ['xlm-roberta', 5, 1, 1],
      ['llama3', 4, 1, 0],
      ['gpt2', 3, 0, 0],
    ] as const) {
      const whole = (await openTokenizer(join(FIXTURES, name), ROOMY)).encode(
        'The quick brown fox jumps over it',
      )
      const tokenizer = await openTokenizer(join(FIXTURES, name), { ...ROOMY, extent })
      const cut = tokenizer.encode('The quick brown fox jumps over it')
      const ids = [...whole.ids]
      assert.ok(ids.length > extent && !whole.isCut && cut.isCut, name)
      const body = ids.slice(before, before + extent - before - after)
      assert.deepEqual(
        [...cut.ids],
        [...ids.slice(0, before), ...body, ...ids.slice(ids.length - after)],
        name,
      )
      assert.equal(tokenizer.encode('').isCut, false)
      assert.equal(tokenizer.encode('').ids.length, before + after)
    }
  })

  it('takes the settings of a BertTokenizer before those of tokenizer.json', async () => {
    const copy = await changed('bert-uncased', () => undefined)
    await writeFile(
      join(copy, 'tokenizer_config.json'),
      JSON.stringify({ tokenizer_class: 'BertTokenizer', do_lower_case: false }),
    )
    const plain = await openTokenizer(join(FIXTURES, 'bert-uncased'), ROOMY)
    const cased = await openTokenizer(copy, ROOMY)
    assert.notDeepEqual(cased.encode('Hello').ids, plain.encode('Hello').ids)
    assert.deepEqual(cased.encode('hello').ids, plain.encode('hello').ids)
  })

  it('knows what to fill with', async () => {
    assert.equal((await openTokenizer(join(FIXTURES, 'roberta'), ROOMY)).padId, 1)
    assert.equal((await openTokenizer(join(FIXTURES, 'gpt2'), ROOMY)).padId, 0)
  })

  it('refuses a directory without tokenizer, and says what to do', async () => {
    await assert.rejects(openTokenizer(dir, ROOMY), {
      code: 'ERR_BACKBONE',
      message: /no tokenizer: expected tokenizer\.json, .*save_pretrained/,
    })
  })

  it('refuses ids that have no row in the embedding table', async () => {
    await assert.rejects(openTokenizer(join(FIXTURES, 'gpt2'), { extent: 16, vocabulary: 300 }), {
      code: 'ERR_BACKBONE',
      message: /ids up to 399, the embedding table has 300 rows/,
    })
    await openTokenizer(join(FIXTURES, 'gpt2'), { extent: 16, vocabulary: 400 })
  })

  it('refuses an extent that special tokens fill', async () => {
    const limits = { ...ROOMY, extent: 2 }
    await assert.rejects(openTokenizer(join(FIXTURES, 'bert-uncased'), limits), {
      message: /extent of 2 tokens; this tokenizer needs at least 3/,
    })
  })

  it('refuses parts that it does not read', async () => {
    for (const [field, part] of [
      ['normalizer', { type: 'Nmt' }],
      ['pre_tokenizer', { type: 'UnicodeScripts' }],
      ['model', { type: 'WordLevel', vocab: { a: 0 } }],
      ['normalizer', { type: 'Precompiled', precompiled_charsmap: 'AQAAAA==' }],
      ['pre_tokenizer', { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated', invert: false }],
    ] as const) {
      const copy = await changed('gpt2', (json) => void (json[field] = part))
      await assert.rejects(openTokenizer(copy, ROOMY), { code: 'ERR_BACKBONE' }, `${field} ${part.type}`)
    }
    await writeFile(join(dir, 'tokenizer.json'), '{"model":')
    await assert.rejects(openTokenizer(dir, ROOMY), { code: 'ERR_BACKBONE', message: /is not JSON/ })
    await rm(join(dir, 'tokenizer.json'))
  })
})
