import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { decodeEnvelope, generateIdentity } from '../../../src/gossip/index.ts'
import { decodeHeader } from '../../../src/merge/index.ts'
import { charterDigest, mergeSpecOf } from '../../../src/node/charter.ts'
import { homePaths, prepareHome, type HomePaths } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { filesOf, MergeClient } from '../../../src/node/merge-client.ts'
import { saveMerge } from '../../../src/node/merge-files.ts'
import { summarise } from '../../../src/node/merge-loop.ts'
import { publishDraft } from '../../../src/node/publisher.ts'
import { sitePolicy } from '../../../src/node/site-policy.ts'
import { openStore } from '../../../src/node/store.ts'
import { largeCharter, largeDraft } from './large-contribution.ts'

/** Longest time that the thread of the network may be blocked; members drop a node after seconds. */
const BOUND_MS = 200
/** A machine that is busy with other things delays the thread as well: the best of so many counts. */
const TRIES = 4

/** Publishes, merges and saves; returns the longest delay of this thread in milliseconds, and the bytes of the merge. */
async function longestDelay(paths: HomePaths): Promise<{ delayMs: number; bytes: number }> {
  const identity = await generateIdentity()
  const charter = largeCharter(identity.peer)
  const spec = mergeSpecOf(charter)
  await prepareHome(paths)
  const readHeader = (envelope: Uint8Array): ReturnType<typeof decodeHeader> =>
    decodeHeader(decodeEnvelope(envelope).header)
  await using store = await openStore({ paths, readHeader, logger: silentLogger() })
  const merges = new MergeClient({ spec, charter: charterDigest(charter), threads: 1 })
  try {
    const draft = largeDraft(charter)
    const network = { publish: () => Promise.resolve({ id: '', recipients: 0 }) }
    const policy = sitePolicy(spec, {})
    const histogram = monitorEventLoopDelay({ resolution: 5 })
    histogram.enable()
    await setTimeout(50) // what comes before its first tick is not measured
    const init = { charter, identity, policy, store, merges, network, onStored: () => undefined }
    const stored = await publishDraft(init, draft, new AbortController().signal)
    const result = await merges.merge([filesOf(store, stored)])
    await saveMerge(paths.merges, result, summarise(result, [stored]), {
      charter: charterDigest(charter),
      spec,
    })
    histogram.disable()
    const bytes = [...result.adapter.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
    return { delayMs: histogram.max / 1e6, bytes }
  } finally {
    await merges.close()
  }
}

test(
  'a large contribution is assembled, published, merged and saved beside the network',
  { timeout: 180_000 },
  async () => {
    let best = Infinity
    for (let i = 0; i < TRIES && best > BOUND_MS; i++) {
      const root = await mkdtemp(join(tmpdir(), 'peermerge-large-'))
      try {
        const { delayMs, bytes } = await longestDelay(homePaths(root))
        assert.ok(bytes > 45e6, `${bytes} bytes`)
        best = Math.min(best, delayMs)
      } finally {
        await rm(root, { recursive: true, force: true })
      }
    }
    assert.ok(best <= BOUND_MS, `blocked for ${best.toFixed(0)} ms`)
  },
)
