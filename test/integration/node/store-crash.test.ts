import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decode } from '@ipld/dag-cbor'
import { homePaths } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { openStore } from '../../../src/node/store.ts'

const writer = fileURLToPath(new URL('./store-writer.ts', import.meta.url))

/** Runs the writer, kills it after a number of acknowledgements, and returns them. */
async function writeUntilKilled(
  home: string,
  acknowledgements: number,
): Promise<{ id: string; sequence: number }[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, home, 'site-a'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: { id: string; sequence: number }[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const [id, sequence] = line.split(' ')
    acknowledged.push({ id: id!, sequence: Number(sequence) })
    if (acknowledged.length === acknowledgements) child.kill('SIGKILL')
  }
  return acknowledged
}

test(
  'after kill -9 everything acknowledged is there, whole, and nothing twice',
  { timeout: 60_000 },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'peermerge-store-'))
    try {
      const acknowledged = []
      for (const count of [3, 1, 7]) acknowledged.push(...(await writeUntilKilled(home, count)))

      const paths = homePaths(home)
      const store = await openStore({ paths, readHeader: (bytes) => decode(bytes), logger: silentLogger() })
      try {
        const sequences = [...store.list('admitted'), ...store.list('fetching')].map(
          ({ header }) => header.sequence,
        )
        assert.equal(new Set(sequences).size, sequences.length, 'no sequence number twice')
        for (const { id, sequence } of acknowledged) {
          const kept = store.get(id)
          assert.equal(kept?.state, 'admitted', `contribution ${sequence}`)
          assert.equal(kept.header.sequence, sequence)
          for (const digest of kept.header.payload.chunks) {
            assert.ok((await store.getChunk(digest)) !== undefined, `chunk of contribution ${sequence}`)
          }
        }
      } finally {
        await store.close()
      }
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  },
)
