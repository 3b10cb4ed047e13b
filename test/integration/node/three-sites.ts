// A consortium of small real sites for tests: images, homes with keys, charter and settings, ready to run on loopback.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCharter, describeBackbone, type CharterOptions } from '../../../src/node/build-charter.ts'
import { homePaths, prepareHome, writeCharter, writeConfig, type HomePaths } from '../../../src/node/home.ts'
import { openIdentity } from '../../../src/node/identity-file.ts'
import { createLogger } from '../../../src/node/logger.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'

export interface Sites {
  readonly paths: readonly HomePaths[]
  /** Where their images are, in a folder a class. */
  readonly folders: readonly string[]
  /** Lets a site dial an address at its next start. */
  dial(site: number, addresses: readonly string[]): Promise<void>
  remove(): Promise<void>
}

const COUNTS = [
  { across: 20, down: 8, plain: 6 },
  { across: 6, down: 22, plain: 8 },
  { across: 8, down: 6, plain: 19 },
]

/** Three sites whose images differ, under one charter. @param settings - of a site, beside the usual ones */
export async function threeSites(
  change: Partial<CharterOptions> = {},
  settings: (site: number) => Partial<Parameters<typeof writeConfig>[1]> = () => ({}),
): Promise<Sites> {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-sites-'))
  const paths = ['foundry', 'mill', 'press'].map((name) => homePaths(join(root, name)))
  const members: { id: string; name: string }[] = []
  const folders: SyntheticSite[] = []
  for (const [i, home] of paths.entries()) {
    await prepareHome(home)
    const { peer } = await openIdentity(home)
    members.push({ id: peer, name: ['foundry', 'mill', 'press'][i]! })
    folders.push(await syntheticSite(COUNTS[i]!, `site ${i}`))
  }
  const charter = buildCharter(
    {
      name: 'castings',
      classes: CLASSES,
      members,
      imageSize: 32,
      adapter: { kind: 'ravan', heads: 2, rank: 3, alpha: 1, seed: 'castings' },
      contributionsPerTask: 2,
      training: { epochs: 1, batchSize: 8 },
      ...change,
    },
    await describeBackbone(TINY_VIT),
  )
  const write = (site: number, peers: readonly string[]): Promise<void> =>
    writeConfig(paths[site]!, {
      v: 1,
      name: members[site]!.name,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      peers: [...peers],
      backbone: TINY_VIT,
      data: folders[site]!.dir,
      pacing: { waitFor: 'all', patienceMs: 120_000, startPatienceMs: 5_000 },
      ...settings(site),
    })
  for (const [i, home] of paths.entries()) {
    await writeCharter(home, charter)
    await write(i, [])
  }
  const remove = async (): Promise<void> => {
    for (const folder of folders) await folder.remove()
    await rm(root, { recursive: true, force: true })
  }
  return { paths, folders: folders.map(({ dir }) => dir), dial: write, remove }
}

/** Starts a node at every site and puts it among `nodes`; resolves when all are done and hold one merge chosen from that many contributions. */
export async function runToOneMerge(
  sites: Sites,
  nodes: PeermergeNode[],
  contributions: number,
): Promise<readonly NodeStatus[]> {
  const logger = createLogger({ level: 'silent' })
  for (const [i, paths] of sites.paths.entries()) {
    if (nodes.length > 0) await sites.dial(i, nodes[0]!.status().addresses)
    nodes.push(await createNode({ home: paths.root, logger }))
    await nodes[i]!.start()
  }
  const agree = (all: readonly NodeStatus[]): boolean =>
    all.every((s) => s.done && s.merge?.known === contributions && s.merge.digest === all[0]?.merge?.digest) // prettier-ignore
  return await until(nodes, agree, 90_000)
}

/** Resolves with the first status of each node once they all satisfy `holds`. */
export async function until(
  nodes: readonly PeermergeNode[],
  holds: (statuses: readonly NodeStatus[]) => boolean,
  timeoutMs: number,
): Promise<readonly NodeStatus[]> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const statuses = nodes.map((node) => node.status())
    if (holds(statuses)) return statuses
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(statuses.map(brief), null, 1)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function brief({ name, activity, merge, members, problems, store }: NodeStatus): object {
  const known = members.map((member) => `${member.name} ${member.adapters}+${member.statistics}`)
  return {
    name,
    activity: activity.text,
    merge: merge?.digest,
    cut: merge?.cut.length,
    chosenFrom: merge?.known,
    known,
    problems,
    store,
  }
}
