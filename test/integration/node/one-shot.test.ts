import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, writeConfig } from '../../../src/node/home.ts'
import { createNode } from '../../../src/node/node.ts'
import type { MergeSummary } from '../../../src/node/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import type { ScoredAddition } from '../../../src/node/what-each-adds.ts'
import { peermerge } from '../../helpers/node/run-program.ts'
import { threeSites, until } from './three-sites.ts'

const DEADLINE_MS = 90_000

/** The sites hold out ten samples each, and keys are new in every run: the first merge may be right by luck. */
const TWO_OF_THIRTY = 2 / 30 + 1e-9

function report(home: string, ...more: string[]): string {
  const args = ['merge', '--home', home, '--what-each-adds', ...more]
  const { code, stdout, stderr } = peermerge(...args)
  assert.equal(code, 0, stderr)
  return stdout
}

test(
  'one-shot: one contribution a site with the whole budget; the merge is usable after the first, the last is good, and a late site folds in',
  { timeout: 300_000 },
  async () => {
    const training = { epochs: 6, batchSize: 8, learningRate: 2e-2 }
    const sites = await threeSites({ schedule: 'one-shot', classifier: { rule: 'counts' }, training })
    const nodes: PeermergeNode[] = []
    const merges: MergeSummary[] = []
    try {
      for (const [i, paths] of sites.paths.entries()) {
        await sites.dial(i, nodes[0]?.status().addresses ?? [])
        const pacing = { startPatienceMs: i === 0 ? 0 : 6_000 } // for so long those who are not there yet are asked for numbers
        await writeConfig(paths, { ...(await readConfig(paths)), pacing })
        nodes.push(await createNode({ home: paths.root }))
        await nodes[i]!.start()
        const statuses = await until(
          nodes,
          (all) => all.every(({ done, merge }) => done && merge?.cut.length === i + 1),
          DEADLINE_MS,
        )
        for (const { merge, own } of statuses) {
          assert.equal(merge!.digest, statuses[0]!.merge!.digest, 'all that are there hold one merge')
          assert.equal(own.adapters, 1)
        }
        merges.push(statuses[0]!.merge!)
      }
      assert.equal(new Set(merges.map(({ digest }) => digest)).size, 3, 'each adds something')
    } finally {
      for (const node of nodes) await node.stop()
    }
    try {
      const { digest, additions } = JSON.parse(report(sites.paths[0]!.root, '--json')) as {
        digest: string
        additions: ScoredAddition[]
      }
      assert.deepEqual(
        additions.map(({ merge }) => merge),
        merges.map((merge) => merge.digest),
        'the merges of the report are those that the sites had',
      )
      assert.equal(additions.at(-1)!.merge, digest)
      const everywhere = sites.paths.map(({ root }) => (JSON.parse(report(root, '--json')) as { additions: ScoredAddition[] }).additions) // prettier-ignore
      const [first, second, third] = merges.map((_, i) => everywhere.reduce((sum, one) => sum + one[i]!.accuracy!, 0) / 3) // prettier-ignore
      const said = `mean over the sites: ${first}, ${second}, ${third}`
      assert.ok(first! > 0.5, said)
      assert.ok(third! > 0.85 && third! >= Math.max(first!, second!) - TWO_OF_THIRTY, said)
      assert.equal(additions[0]!.change, 1)
      assert.ok(additions.slice(1).every(({ change }) => change > 0 && change < 1))
      assert.match(report(sites.paths[0]!.root), /1, foundry[^\n]*\n[^\n]*2, mill[^\n]*\n[^\n]*3, press/)
    } finally {
      await sites.remove()
    }
  },
)
