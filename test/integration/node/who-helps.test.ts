import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import type { HelpReport } from '../../../src/node/who-helps/types.ts'
import { CLASSES, syntheticSite } from '../../fixtures/synthetic-site.ts'
import { peermerge, peermergeBeside, type Ran } from '../../helpers/node/run-program.ts'
import { runToOneMerge, threeSites } from './three-sites.ts'

/** Every class folder under the name of the next class. */
async function mislabel(folder: string): Promise<void> {
  for (const name of CLASSES) await rename(join(folder, name), join(folder, `${name} `))
  for (const [i, name] of CLASSES.entries())
    await rename(join(folder, `${name} `), join(folder, CLASSES[(i + 1) % CLASSES.length]!))
}

function said({ code, stdout, stderr }: Ran): string {
  assert.equal(code, 0, stderr)
  return stdout
}

test(
  'a site whose labels are wrong is found by its merge being better without it, while the node runs and after',
  { timeout: 240_000 },
  async () => {
    const wrong = await syntheticSite({ across: 50, down: 50, plain: 50 }, 'wrong')
    const right = await syntheticSite({ across: 20, down: 20, plain: 20 }, 'held out')
    await mislabel(wrong.dir)
    const training = { epochs: 6, batchSize: 8, learningRate: 2e-2 }
    const sites = await threeSites(
      { schedule: 'one-shot', classifier: { rule: 'counts' }, training, robust: null },
      (site) => (site === 1 ? { data: wrong.dir } : { heldOut: right.dir }),
    )
    const nodes: PeermergeNode[] = []
    const [home] = sites.paths.map(({ root }) => root)
    try {
      const [status] = await runToOneMerge(sites, nodes, 3)
      console.time('who')
      const report = JSON.parse(
        said(await peermergeBeside('who-helps', '--home', home!, '--json')),
      ) as HelpReport
      console.timeEnd('who')
      console.log(JSON.stringify(report, null, 1))
      assert.equal(report.merge, status!.merge!.digest)
      for (const node of nodes) await node.stop()
      console.log(said(peermerge('who-helps', '--home', home!)))
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
      await Promise.all([wrong.remove(), right.remove()])
    }
  },
)
