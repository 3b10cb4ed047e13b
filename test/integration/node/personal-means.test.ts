import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Safetensors } from '../../../src/merge/index.ts'
import { loadPersonal } from '../../../src/node/personal/personal-file.ts'
import type { MeansState } from '../../../src/node/personal/personal-state.ts'
import type { PersonalExplanation } from '../../../src/node/personal/explain-personal.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { loadState } from '../../../src/node/merge-files.ts'
import { readServing, type Serving } from '../../../src/node/serving/served-model.ts'
import { join } from 'node:path'
import { mislabel } from '../../fixtures/mislabel.ts'
import { syntheticSite } from '../../fixtures/synthetic-site.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { peermerge, peermergeBeside } from '../../helpers/node/run-program.ts'
import { contributionsOf } from './contribution-payloads.ts'
import { runToOneMerge, threeSites, type Sites } from './three-sites.ts'

/** Class means of a site drawn towards everybody's, (classes, features), in float64. */
function drawnMeans(own: Safetensors, all: readonly Safetensors[], strength: number): number[][] {
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
    return mine.slice(0, -1).map((sum, i) => (sum + (strength * total[i]!) / total.at(-1)!) / (mine.at(-1)! + strength)) // prettier-ignore
  })
}

const ABOUT = {
  adapter: { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 's' },
  rule: 'mean',
  floors: { samples: 4, perClass: 2 },
  classifier: { rule: 'analytic', features: 'merged', fit: 'discriminant', ridge: 0.1 },
} as const

/** Resolves when each site has its own classifier on this merge and follows it, and those at some sites stand back for a merge. */
async function haveOwn(
  sites: Sites,
  digest: string,
  standBack: readonly number[] = [],
): Promise<readonly Serving[]> {
  return await waitFor('each site has its own classifier on the merge, and serves', 60_000, async () => {
    const kept = await Promise.all(sites.paths.map(({ personal }) => loadPersonal(personal)))
    const served = await Promise.all(sites.paths.map((paths) => readServing(paths.served)))
    const isNew = kept.every((one) => one?.method === 'means' && one.base === digest)
    const serving = served.flatMap((one) => (one?.follows === 'personal' ? [one] : []))
    const areMerges = standBack.every((site) => served[site]?.current.kind === 'merged')
    return isNew && areMerges && serving.length === sites.paths.length ? serving : undefined
  })
}

/** What each site has kept is the merge's adapter under its own means, computed here once more from what was sent. */
async function assertFromPayloads(
  sites: Sites,
  nodes: readonly PeermergeNode[],
  { digest, anchor }: { readonly digest: string; readonly anchor: string },
): Promise<void> {
  const contributions = [...(await contributionsOf(sites.paths[0]!)).values()]
  const statistics = contributions.filter(({ header }) => header.kind === 'statistics' && header.anchor === anchor) // prettier-ignore
  assert.equal(statistics.length, 3)
  const common = await loadState(join(sites.paths[0]!.merges, `${digest}.safetensors`))
  for (const [i, paths] of sites.paths.entries()) {
    const { state, strength, temperature } = (await loadPersonal(paths.personal)) as MeansState
    assert.deepEqual(state.adapter, common.adapter)
    assert.notDeepEqual(state.classifier, common.classifier)
    const { header, payload } = statistics.find((one) => one.header.peer === nodes[i]!.peer)!
    const means = drawnMeans(payload, statistics.map((one) => one.payload), strength) // prettier-ignore
    assertDiscriminant(state.classifier, means, header.classCounts.map((n) => (temperature ?? 0) * Math.log(n + 1))) // prettier-ignore
  }
}

test(
  'own class means and shares over three nodes: one merge, and at each site its adapter under a classifier of that site’s own',
  { timeout: 180_000 },
  async () => {
    const sites = await threeSites({ ...ABOUT, contributionsPerTask: 1, personal: { method: 'means', prior: 'shares' } }) // prettier-ignore
    const nodes: PeermergeNode[] = []
    try {
      const [merged] = await runToOneMerge(sites, nodes, 6)
      const { digest, adapter: anchor } = merged!.merge!
      await haveOwn(sites, digest)
      for (const node of nodes) await node.stop()
      await assertFromPayloads(sites, nodes, { digest, anchor })
      const said = JSON.parse(peermerge('explain', '--home', sites.paths[0]!.root, '--json').stdout) as PersonalExplanation // prettier-ignore
      assert.ok(said.method === 'means' && said.base === digest && said.statistics.length === 3)
      assert.ok(said.temperature! >= 1 && said.strength > 0, JSON.stringify(said))
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)

test(
  'own class means of one contribution each: a site whose own means are wrong serves the merge in their place, as node and commands beside it say',
  { timeout: 180_000 },
  async () => {
    const wrong = await syntheticSite({ across: 12, down: 12, plain: 12 }, 'wrong')
    const right = await syntheticSite({ across: 20, down: 20, plain: 20 }, 'held out')
    await mislabel(wrong.dir)
    const sites = await threeSites(
      { ...ABOUT, schedule: 'one-shot', robust: null, personal: { method: 'means', strength: 0.01 } },
      (site) =>
        site === 1 ? { data: wrong.dir, heldOut: right.dir, publish: { worseThanBase: 'warn' } } : {},
    )
    const nodes: PeermergeNode[] = []
    try {
      const [merged] = await runToOneMerge(sites, nodes, 6)
      const { digest, adapter: anchor } = merged!.merge!
      const mill = (await haveOwn(sites, digest, [1]))[1]!
      assert.match(mill.current.reason, /in place of own class means, which have \d+$/)
      const served = await waitFor('the node says so, too', 10_000, () => {
        const { served: told } = nodes[1]!.status()
        return told?.standsIn === true ? told : undefined
      })
      assert.equal(served.kind, 'merged')
      const said = await peermergeBeside('explain', '--home', sites.paths[1]!.root, '--json')
      assert.equal(said.code, 0, said.stderr)
      const { models, serving } = JSON.parse(said.stdout) as PersonalExplanation
      const correct = Object.fromEntries(models.map((one) => [one.model, one.correct]))
      assert.ok(correct.personal! < correct.merged!, said.stdout)
      assert.deepEqual(serving, { follows: 'personal', current: mill.current })
      const choices = await peermergeBeside('choose', '--home', sites.paths[1]!.root)
      assert.match(choices.stdout, /● the merge .*\n[^]*in place of the own model, which got fewer right/)
      for (const node of nodes) await node.stop()
      await assertFromPayloads(sites, nodes, { digest, anchor })
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
      for (const site of [wrong, right]) await site.remove()
    }
  },
)

/** Half-way between the means of two classes a discriminant gives one more than the other by what it favours the class by alone. */
function assertDiscriminant(
  { weight, bias }: MeansState['state']['classifier'],
  means: readonly (readonly number[])[],
  favours: readonly number[],
): void {
  const output = (c: number, x: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * weight.data[c * x.length + i]!, bias.data[c]!)
  for (const [a, first] of means.entries()) {
    for (const [b, second] of means.entries()) {
      const halfway = first.map((value, i) => (value + second[i]!) / 2)
      const favour = favours[a]! - favours[b]!
      const spread = Math.abs(output(a, first) - output(b, first) - favour)
      assert.ok(Math.abs(output(a, halfway) - output(b, halfway) - favour) <= 1e-3 * spread)
    }
  }
}
