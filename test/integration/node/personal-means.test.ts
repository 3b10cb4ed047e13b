import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Safetensors } from '../../../src/merge/index.ts'
import { loadPersonal } from '../../../src/node/personal/personal-file.ts'
import type { MeansState } from '../../../src/node/personal/personal-state.ts'
import type { PersonalExplanation } from '../../../src/node/personal/explain-personal.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { loadState } from '../../../src/node/merge-files.ts'
import { readServing } from '../../../src/node/serving/served-model.ts'
import { join } from 'node:path'
import { waitFor } from '../../helpers/wait-for.ts'
import { peermerge } from '../../helpers/node/run-program.ts'
import { contributionsOf } from './contribution-payloads.ts'
import { runToOneMerge, threeSites } from './three-sites.ts'

const STRENGTH = 4
const CLASSIFIER = { rule: 'analytic', features: 'merged', fit: 'discriminant', ridge: 0.1 } as const

/** Class means of a site drawn towards everybody's, (classes, features), in float64. */
function drawnMeans(own: Safetensors, all: readonly Safetensors[]): number[][] {
  const sums = (some: readonly Safetensors[]): number[][] => {
    const [rows, classes] = own.tensor('classifier/cross').shape as [number, number]
    return Array.from({ length: classes }, (_, c) =>
      Array.from({ length: rows }, (_row, i) =>
        some.reduce((sum, one) => sum + one.tensor('classifier/cross').data[i * classes + c]!, 0),
      ),
    )
  }
  const everybody = sums(all)
  return sums([own]).map((mine, c) => {
    const total = everybody[c]!
    return mine.slice(0, -1).map((sum, i) => (sum + (STRENGTH * total[i]!) / total.at(-1)!) / (mine.at(-1)! + STRENGTH)) // prettier-ignore
  })
}

test(
  'own class means over three nodes: one merge, and at each site its adapter under a classifier of that site’s own, which is served',
  { timeout: 180_000 },
  async () => {
    const sites = await threeSites({
      adapter: { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 's' },
      rule: 'mean',
      contributionsPerTask: 1,
      floors: { samples: 4, perClass: 2 },
      classifier: CLASSIFIER,
      personal: { method: 'means', strength: STRENGTH },
    })
    const nodes: PeermergeNode[] = []
    try {
      const [merged] = await runToOneMerge(sites, nodes, 6)
      const { digest } = merged!.merge!
      await waitFor('each site has its own classifier on the merge, and serves it', 60_000, async () => {
        const kept = await Promise.all(sites.paths.map(({ personal }) => loadPersonal(personal)))
        const served = await Promise.all(sites.paths.map((paths) => readServing(paths.served)))
        const isNew = kept.every((one) => one?.method === 'means' && one.base === digest)
        return (isNew && served.every((one) => one?.follows === 'personal')) || undefined
      })
      for (const node of nodes) await node.stop()

      const contributions = [...(await contributionsOf(sites.paths[0]!)).values()]
      const statistics = contributions.filter(({ header }) => header.kind === 'statistics' && header.anchor === merged!.merge!.adapter) // prettier-ignore
      assert.equal(statistics.length, 3)
      const common = await loadState(join(sites.paths[0]!.merges, `${digest}.safetensors`))
      for (const [i, paths] of sites.paths.entries()) {
        const { state } = (await loadPersonal(paths.personal)) as MeansState
        assert.deepEqual(state.adapter, common.adapter)
        assert.notDeepEqual(state.classifier, common.classifier)
        const own = statistics.find(({ header }) => header.peer === nodes[i]!.peer)!.payload
        const means = drawnMeans(own, statistics.map(({ payload }) => payload)) // prettier-ignore
        assertDiscriminant(state.classifier, means)
      }
      const said = JSON.parse(peermerge('explain', '--home', sites.paths[0]!.root, '--json').stdout) as PersonalExplanation // prettier-ignore
      assert.ok(said.method === 'means' && said.base === digest && said.statistics.length === 3)
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)

/** Of a discriminant the boundary between two classes is half-way between their means. */
function assertDiscriminant(
  { weight, bias }: MeansState['state']['classifier'],
  means: readonly (readonly number[])[],
): void {
  const output = (c: number, x: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * weight.data[c * x.length + i]!, bias.data[c]!)
  for (const [a, first] of means.entries()) {
    for (const [b, second] of means.entries()) {
      const halfway = first.map((value, i) => (value + second[i]!) / 2)
      const spread = Math.abs(output(a, first) - output(b, first))
      assert.ok(Math.abs(output(a, halfway) - output(b, halfway)) <= 1e-3 * spread)
    }
  }
}
