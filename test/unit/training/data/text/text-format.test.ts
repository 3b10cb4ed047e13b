import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { textFormat } from '../../../../../src/training/data/text/text-format.ts'
import { openTokenizer } from '../../../../../src/training/data/text/tokenizer/text-tokenizer.ts'

const DIR = join(import.meta.dirname, '../../../../fixtures/tokenizers/roberta')
const tokenizer = await openTokenizer(DIR, { extent: 20, vocabulary: 1000 })
const TEXTS = ['a card', 'how do I activate my new card?', 'x'.repeat(90)]

describe('textFormat', () => {
  it('writes tokens and mask of a text into its row, filled up with the filling token', async () => {
    const format = textFormat(tokenizer, 20)
    const records = await Promise.all(TEXTS.map((text) => format.encode(text)))
    const feeds = format.feeds(4, 20)
    for (const [row, record] of records.entries()) format.write(record, feeds, row, 20)
    for (const [row, text] of TEXTS.entries()) {
      const ids = [...tokenizer.encode(text).ids]
      const filling = Array.from({ length: 20 - ids.length })
      assert.deepEqual(
        [...feeds['tokens']!.slice(row * 20, (row + 1) * 20)],
        [...ids, ...filling.map(() => 1)],
      )
      assert.deepEqual(
        [...feeds['mask']!.slice(row * 20, (row + 1) * 20)],
        [...ids.map(() => 1), ...filling.map(() => 0)],
      )
    }
    assert.ok(feeds['tokens'] instanceof Int32Array && feeds['mask'] instanceof Float32Array)
  })

  it('lets a row without a text count as one token, so that no mean is divided by nothing', () => {
    const { tokens, mask } = textFormat(tokenizer, 20).feeds(2, 8)
    assert.deepEqual([...mask!], [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    assert.deepEqual([...tokens!], new Array(16).fill(1))
  })

  it('reads records from anywhere in a buffer', async () => {
    const format = textFormat(tokenizer, 20)
    const record = await format.encode(TEXTS[0]!)
    const shifted = new Uint8Array(record.length + 3)
    shifted.set(record, 3)
    const [a, b] = [format.feeds(1, 8), format.feeds(1, 8)]
    format.write(record, a, 0, 8)
    format.write(shifted.subarray(3), b, 0, 8)
    assert.deepEqual(b, a)
  })

  it('counts texts that are cut', async () => {
    const format = textFormat(tokenizer, 20)
    assert.equal(format.cut, 0)
    for (const text of [...TEXTS, ...TEXTS]) await format.encode(text)
    assert.equal(format.cut, 2)
  })

  it('has a ladder of extents, and after fitting those that suit the texts', () => {
    const format = textFormat(tokenizer, 20)
    assert.deepEqual(
      [1, 8, 9, 16, 17, 20].map((length) => format.extentOf(4 * length)),
      [8, 8, 16, 16, 20, 20],
    )
    const fitted = format.fitted!([Int32Array.from([3, 3, 12].map((length) => 4 * length))])
    assert.deepEqual(
      [1, 3, 5, 12].map((length) => fitted.extentOf(4 * length)),
      [4, 4, 12, 12],
    )
  })
})
