import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readLog } from '../../../src/node/audit/read-log.ts'
import { readConfig, writeConfig } from '../../../src/node/home.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeInit, PeermergeNode } from '../../../src/node/node-api.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import { CLASSES, syntheticSite } from '../../fixtures/synthetic-site.ts'
import { threeSites, until, type Sites } from './three-sites.ts'

const DEADLINE_MS = 90_000

/** What the audit log says of publishing, in order. */
async function recorded(log: string): Promise<string[]> {
  const kinds: string[] = []
  await readLog(log, { onEntry: ({ kind }) => kinds.push(kind) })
  return kinds.filter((kind) => /publish/.test(kind))
}

/** Every class folder under the name of the next class. */
async function mislabel(folder: string): Promise<void> {
  for (const name of CLASSES) await rename(join(folder, name), join(folder, `${name} `))
  for (const [i, name] of CLASSES.entries())
    await rename(join(folder, `${name} `), join(folder, CLASSES[(i + 1) % CLASSES.length]!))
}

async function withSites(check: (sites: Sites, start: Start) => Promise<void>): Promise<void> {
  const training = { epochs: 6, batchSize: 8, learningRate: 2e-2 }
  const sites = await threeSites({ classifier: { rule: 'counts' }, contributionsPerTask: 1, training })
  const nodes: PeermergeNode[] = []
  try {
    await check(sites, async (site, dial, change = {}, init = {}) => {
      await sites.dial(site, dial)
      const config = await readConfig(sites.paths[site]!)
      const pacing = { startPatienceMs: dial.length > 0 ? DEADLINE_MS : 0 }
      await writeConfig(sites.paths[site]!, { ...config, pacing, ...change })
      const node = await createNode({ home: sites.paths[site]!.root, ...init })
      nodes.push(node)
      await node.start()
      return node
    })
  } finally {
    for (const node of nodes) await node.stop()
    await sites.remove()
  }
}

type Start = (
  site: number,
  dial: readonly string[],
  change?: Partial<Parameters<typeof writeConfig>[1]>,
  init?: Partial<NodeInit>,
) => Promise<PeermergeNode>

const one = async (node: PeermergeNode, holds: (status: NodeStatus) => boolean): Promise<NodeStatus> =>
  (await until([node], ([status]) => holds(status!), DEADLINE_MS))[0]!

const own = ({ members, peer }: NodeStatus): number => members.find(({ id }) => id === peer)!.adapters
const problems = ({ problems: all }: NodeStatus, code: string): string[] =>
  all.filter((problem) => problem.code === code).map(({ message }) => message)

test(
  'a site with wrong labels publishes nothing and says why; forced, it does with a warning',
  { timeout: 240_000 },
  async () => {
    const right = await syntheticSite({ across: 10, down: 10, plain: 10 }, 'held out')
    try {
      await withSites(async (sites, start) => {
        const good = await start(0, [])
        await one(good, ({ done }) => done)
        await mislabel(sites.folders[1]!)
        const mistaken = { heldOut: right.dir }
        const node = await start(1, good.status().addresses, mistaken)
        const refused = await one(node, ({ activity }) => activity.kind === 'failed')
        assert.equal(own(refused), 0)
        assert.match(
          problems(refused, 'worse-than-base').join(),
          /^train: not published.*of 30 held-out samples/,
        )
        await node.stop()
        assert.deepEqual(await recorded(sites.paths[1]!.audit), ['publish-refused'])

        const pacing = { startPatienceMs: 2_000 } // the merge is here; for that long the third member is asked for numbers
        const forced = await start(
          1,
          good.status().addresses,
          { ...mistaken, pacing },
          { forcePublish: true },
        )
        const status = await one(forced, ({ done }) => done)
        assert.equal(own(status), 1)
        assert.match(
          problems(status, 'worse-than-base').join(),
          /^published all the same: of 30 held-out samples/,
        )
        await forced.stop()
        assert.deepEqual(await recorded(sites.paths[1]!.audit), ['publish-refused', 'publish-forced', 'contribution-published']) // prettier-ignore
      })
    } finally {
      await right.remove()
    }
  },
)

test(
  'training that diverges publishes nothing, is named, and is tried again on the next merge',
  { timeout: 240_000 },
  async () => {
    await withSites(async (_sites, start) => {
      const training = { epochs: 6, batchSize: 8, learningRate: 1e9 }
      const wild = await start(1, [], { training })
      const first = await one(wild, ({ activity }) => activity.kind === 'failed')
      assert.equal(problems(first, 'ERR_DIVERGED').length, 1)
      const good = await start(0, wild.status().addresses, { pacing: { startPatienceMs: 2_000 } })
      await one(good, ({ done }) => done)
      const again = await one(wild, (status) => problems(status, 'ERR_DIVERGED').length === 2)
      assert.equal(
        again.members.reduce((sum, { adapters }) => sum + adapters, 0),
        1,
      )
      assert.equal(own(again), 0)
    })
  },
)
