import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { memorySource, openSafetensors } from '../../../src/merge/index.ts'
import type { CharterOptions } from '../../../src/node/build-charter.ts'
import { charterDigest } from '../../../src/node/charter.ts'
import { readContributionFile } from '../../../src/node/contribution-file.ts'
import { readCharter } from '../../../src/node/home.ts'
import { exportContributions } from '../../../src/node/bundle.ts'
import { mergeFiles } from '../../../src/node/offline.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { runToOneMerge, threeSites } from './three-sites.ts'

const lora = { kind: 'lora', rank: 3, alpha: 3, seed: 'castings' } as const
const ravan = { kind: 'ravan', heads: 2, rank: 3, alpha: 1, seed: 'castings' } as const
const CHARTERS: readonly (readonly [string, Partial<CharterOptions>, Readonly<Record<string, string>>])[] = [
  [
    'A of a LoRA, top eigenpairs, bfloat16',
    {
      adapter: { ...lora, trains: 'A' },
      grams: { form: 'top-k', k: 4 },
      wire: { factors: 'BF16', grams: 'BF16' },
    },
    { 'adapter/': 'BF16', 'gram/': 'BF16', 'classifier/': 'F32' },
  ],
  [
    'A of a LoRA, whole Grams in bfloat16',
    { adapter: { ...lora, trains: 'A' }, grams: { form: 'full' }, wire: { grams: 'BF16' } },
    { 'adapter/': 'F32', 'gram/': 'BF16', 'classifier/': 'F32' },
  ],
  [
    'Ravan between normal bases, heads coupled, float16, and the Gram of the classifier',
    {
      adapter: { ...ravan, bases: 'normal' },
      wire: { factors: 'F16', grams: 'BF16' },
      classifier: { rule: 'regmean', alpha: 0.5 },
    },
    { 'adapter/': 'F16', 'gram/': 'BF16', 'classifier/': 'F32' },
  ],
]

for (const [name, options, types] of CHARTERS) {
  test(`${name}: is trained, travels and is merged alike`, { timeout: 120_000 }, async () => {
    const sites = await threeSites({ classifier: { rule: 'counts' }, ...options })
    const nodes: PeermergeNode[] = []
    try {
      const statuses = await runToOneMerge(sites, nodes, 6)
      for (const { merge, problems } of statuses) {
        assert.deepEqual(problems, [])
        assert.equal(merge!.cut.length, 3)
        assert.ok(merge!.generation >= 2, 'one more where a site went on from the second of another')
      }
      const { adapter } = nodes[0]!.merged()!
      for (const [tensor, { data }] of adapter) assert.ok(data.some((value) => value !== 0), tensor) // prettier-ignore
      for (const node of nodes) await node.stop()

      const charter = await readCharter(sites.paths[1]!)
      const files = await exportContributions(sites.paths[1]!, join(sites.paths[1]!.root, 'out'))
      const { summary, refused } = await mergeFiles(charter, files)
      assert.deepEqual(refused, [])
      assert.equal(summary.digest, statuses[0]!.merge!.digest, 'the files give the same merge')
      assert.equal(charter.rule, options.adapter?.kind === 'ravan' ? 'ravan-coupled' : 'lorm')
      const { payload } = await readContributionFile(files[0]!, charterDigest(charter))
      for (const [tensor, { type }] of openSafetensors(memorySource(payload)).entries) {
        assert.equal(type, types[tensor.slice(0, tensor.indexOf('/') + 1)], tensor)
      }
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  })
}
