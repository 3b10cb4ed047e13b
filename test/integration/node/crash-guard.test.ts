import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { foundDemo } from '../../../src/node/demo/found-demo.ts'
import { homePaths } from '../../../src/node/home.ts'
import { openSiteStore } from '../../../src/node/components.ts'
import { createLogger } from '../../../src/node/logger.ts'
import { TINY_BACKBONE, TINY_CLASSES, writeTinySite } from '../../helpers/tiny-sites.ts'

const CHILD = fileURLToPath(new URL('../../helpers/crashing-node.ts', import.meta.url))

interface Line {
  readonly type?: string
  readonly addresses?: readonly string[]
  readonly id?: string
  readonly error?: { readonly code: string; readonly message: string }
}

/** Runs until it ends by itself; `onPublished` is called with the port when the first contribution is out. */
async function runUntilItEnds(
  home: string,
  onPublished: (port: number) => void,
): Promise<{ code: number | null; lines: Line[] }> {
  const args = ['--import', 'tsx', CHILD, 'run', '--json', '--home', home]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: Line[] = []
  let port = 0
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line
    lines.push(line)
    if (line.type === 'started') port = Number(/\/tcp\/(\d+)/.exec(line.addresses![0]!)![1])
    if (line.type === 'published') onPublished(port)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, lines }
}

test(
  'an error inside a callback of libp2p stops the node in order, by name, and loses nothing',
  { timeout: 120_000 },
  async () => {
    const workDir = await mkdtemp(join(tmpdir(), 'peermerge-crash-'))
    try {
      const data = join(workDir, 'data')
      await writeTinySite(data, [10, 10, 10], 'crash')
      const [peer] = await foundDemo([{ name: 'alone', data }], {
        workDir,
        backbone: TINY_BACKBONE,
        charter: {
          name: 'crash-test',
          classes: TINY_CLASSES,
          imageSize: 16,
          adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'B', seed: 'crash-test' },
          contributionsPerTask: 1,
          training: { epochs: 1, batchSize: 8, learningRate: 1e-2 },
          floors: { samples: 4, perClass: 1 },
        },
        threads: 1,
        trainFraction: 0.7,
        splitSeed: 'crash-test',
        patienceMs: 1000,
      })
      const { code, lines } = await runUntilItEnds(peer!.home, (port) =>
        connect(port, '127.0.0.1').on('error', () => undefined),
      )
      assert.equal(code, 3)
      const { error } = lines.at(-1)!
      assert.equal(error?.code, 'ERR_CRASHED')
      assert.match(error.message, /thrown inside a callback/)
      assert.ok(
        lines.some(({ type }) => type === 'stopped'),
        'it has said goodbye',
      )
      const paths = homePaths(peer!.home)
      assert.equal(existsSync(paths.lock), false, 'the home is free for the next start')
      const published = lines.flatMap(({ type, id }) => (type === 'published' ? [id] : []))
      assert.ok(published.length > 0)
      await using store = await openSiteStore(paths, createLogger({ level: 'silent' }))
      const kept = store.list('admitted').map(({ id }) => id)
      assert.deepEqual(
        published.filter((id) => !kept.includes(id!)),
        [],
        'all that was published is on disk',
      )
    } finally {
      await rm(workDir, { recursive: true, force: true })
    }
  },
)
