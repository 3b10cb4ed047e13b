import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  memorySource,
  openSafetensors,
  type ClassifierRule,
  type MergeRule,
} from '../../../src/merge/index.ts'
import type { CharterOptions } from '../../../src/node/build-charter.ts'
import { exportContributions } from '../../../src/node/bundle.ts'
import { charterDigest } from '../../../src/node/charter.ts'
import { readContributionFile } from '../../../src/node/contribution-file.ts'
import { readCharter } from '../../../src/node/home.ts'
import { mergeFiles } from '../../../src/node/offline.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { runToOneMerge, threeSites } from './three-sites.ts'

interface Swarm {
  readonly options: Partial<CharterOptions>
  readonly rule: MergeRule
  readonly classifier: ClassifierRule
  /** What the same files give by another rule: rank of the adapter. */
  readonly offline: readonly { readonly rule: MergeRule; readonly rank: number }[]
}

const SWARMS: readonly Swarm[] = [
  {
    options: { adapter: { kind: 'ravan', heads: 2, rank: 3, alpha: 1, bases: 'normal', seed: 's' } },
    rule: 'ravan-coupled',
    classifier: { rule: 'affine' },
    offline: [
      { rule: 'ravan-dense', rank: 6 },
      { rule: 'mean', rank: 3 },
    ],
  },
  {
    options: {
      adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'AB', seed: 's' },
      grams: { form: 'full' },
    },
    rule: 'mean',
    classifier: { rule: 'regmean', alpha: 0.9 },
    offline: [{ rule: 'regmean', rank: 6 }],
  },
  {
    options: { adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'B', seed: 's' }, rule: 'fedselect' },
    rule: 'fedselect',
    classifier: { rule: 'regmean', alpha: 0.5, holdersOnly: false },
    offline: [],
  },
]

for (const { options, rule, classifier, offline } of SWARMS) {
  test(
    `${rule}, classifier ${classifier.rule}: three nodes train and hold the same merge`,
    { timeout: 120_000 },
    async () => {
      const sites = await threeSites({ ...options, classifier })
      const nodes: PeermergeNode[] = []
      try {
        const statuses = await runToOneMerge(sites, nodes, 6)
        for (const { merge, problems } of statuses) {
          assert.deepEqual(problems, [])
          assert.deepEqual([merge!.cut.length, merge!.classifierSource], [3, { rule: classifier.rule }])
        }
        const merged = nodes[0]!.merged()!
        for (const [name, { data }] of merged.adapter) assert.ok(data.some((value) => value !== 0), name) // prettier-ignore
        for (const node of nodes) await node.stop()

        const charter = await readCharter(sites.paths[1]!)
        assert.equal(charter.rule, rule)
        const files = await exportContributions(sites.paths[1]!, join(sites.paths[1]!.root, 'out'))
        const { payload } = await readContributionFile(files[0]!, charterDigest(charter))
        assert.ok(openSafetensors(memorySource(payload)).entries.has('classifier/gram'))
        for (const change of offline) {
          const { result, refused } = await mergeFiles(charter, files, { change: { rule: change.rule } })
          assert.deepEqual(refused, [])
          assert.equal(result.adapterSpec.rank, change.rank, change.rule)
          assert.notEqual(result.digests.adapter, statuses[0]!.merge!.adapter)
        }
      } finally {
        for (const node of nodes) await node.stop()
        await sites.remove()
      }
    },
  )
}
