import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Action } from '../../../src/gossip/index.ts'
import { readSite } from '../../../src/node/components.ts'
import type { HomePaths } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { createNode } from '../../../src/node/node.ts'
import { openSite } from '../../../src/node/site-ledger.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { threeSites } from './three-sites.ts'

/** Says something in the name of a stopped site. */
async function say(paths: HomePaths, action: Action): Promise<void> {
  const { site, close } = await openSite(await readSite(paths), silentLogger())
  await site.ledger.sign(action)
  await close()
}

test('a site that two others have voted out says so by name and stops; its contributions leave their merge', async (t) => {
  const sites = await threeSites({ contributionsPerTask: 1 })
  const nodes: PeermergeNode[] = []
  t.after(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await sites.remove()
  })
  const start = async (site: number): Promise<PeermergeNode> => {
    const first = nodes[0]
    if (first !== undefined) await sites.dial(site, first.status().addresses)
    const node = await createNode({ home: sites.paths[site]!.root })
    nodes.push(node)
    await node.start()
    return node
  }
  const [foundry, mill, press] = [await start(0), await start(1), await start(2)]
  const signal = AbortSignal.timeout(240_000)
  await Promise.all([foundry, mill, press].map((node) => node.whenDone({ signal })))
  assert.equal(foundry.status().merge?.contributors.length, 3)

  await mill.stop()
  const action = { type: 'remove', peer: press.peer, past: 'exclude', upTo: 1 } as const
  await say(sites.paths[1]!, action)
  await foundry.stop()
  await say(sites.paths[0]!, action)
  nodes.length = 0
  await sites.dial(1, press.status().addresses)
  const again = await createNode({ home: sites.paths[1]!.root })
  await again.start() // brings its vote to the press
  nodes.push(again)
  const founder = await start(0)
  nodes.push(press)
  await assert.rejects(Promise.race([press.whenStopped(), once(signal, 'abort')]), {
    code: 'ERR_REMOVED',
    message: /press was removed by (foundry, mill|mill, foundry); its contributions count no more/,
  })
  await waitFor(
    'the merge is without it',
    60_000,
    () => founder.status().merge?.contributors.length === 2 || undefined,
  )
  assert.equal(founder.status().members.filter(({ standing }) => standing === 'member').length, 2)
  await assert.rejects(
    createNode({ home: sites.paths[2]!.root }).then((node) => node.start()),
    { code: 'ERR_REMOVED' },
  )
})
