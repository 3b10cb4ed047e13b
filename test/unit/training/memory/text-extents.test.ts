import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawSample } from '../../../../src/training/data/samples.ts'
import { textExtents } from '../../../../src/training/memory/text-extents.ts'

/** Texts of these lengths, in characters; fails where more are read than there should be. */
function source(lengths: readonly number[], most = Infinity) {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
    async *samples(): AsyncGenerator<RawSample> {
      for (const [i, length] of lengths.entries()) {
        assert.ok(i < most, 'reads no further')
        yield { source: 'x'.repeat(length), label: 0, split: 'train', where: 'line' }
      }
    },
  }
}

test('lengths of batches follow from those of the texts, and none is longer than a text may be', async () => {
  assert.deepEqual(await textExtents(source([8, 8, 8]), 256), [4])
  const spread = Array.from({ length: 100 }, (_, i) => 4 * i)
  const extents = await textExtents(source(spread), 64)
  assert.deepEqual([extents.length, extents.at(-1)], [4, 64])
  assert.equal((await textExtents(source([400]), 50)).at(-1), 50)
})

test('of very many texts only the first are read', async () => {
  assert.deepEqual(await textExtents(source(Array<number>(3_000).fill(8), 2_000), 256), [4])
})
