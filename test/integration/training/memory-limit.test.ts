import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spawnTrainer } from '../../../src/training/index.ts'

test(
  'a trainer that takes more memory than it may ends, and its calls say why',
  { timeout: 60_000 },
  async () => {
    await using client = spawnTrainer({ memoryBytes: 2 ** 20 }) // less than any process has
    const error = async (): Promise<unknown> => {
      try {
        for (;;) await client.peakMemory()
      } catch (thrown) {
        return thrown
      }
    }
    const { code, message } = (await error()) as { code: string; message: string }
    assert.equal(code, 'ERR_TRAINER_MEMORY')
    assert.match(message, /more than the 1 MiB that it may: lower the batch size/)
  },
)
