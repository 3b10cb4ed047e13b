// A home of one site for tests: its node has run until there is a merge and, where the charter says so, a model of the site's own. Which of
// them it serves is left open, so that the newest merge answers where a test names no model.
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CharterOptions } from '../../../src/node/build-charter.ts'
import { homePaths, type HomePaths } from '../../../src/node/home.ts'
import { createNode } from '../../../src/node/index.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { createSite } from '../../../src/node/site-setup.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import { TINY_BACKBONE, TINY_CLASSES, writeTinySite } from '../../helpers/tiny-sites.ts'
import { waitFor } from '../../helpers/wait-for.ts'

export interface HomeWithModels {
  readonly paths: HomePaths
  /** Its images, `data/<class>/<n>.png`. */
  readonly data: string
  /** Of the node before it was stopped, with scores. */
  readonly status: NodeStatus
  remove(): Promise<void>
}

const FEDALT = { rule: 'mean', classifier: { rule: 'counts' }, personal: { method: 'fedalt', rest: 'factors' } } as const // prettier-ignore

/** Images of three colours, of which some lie in the wrong folder, so that no model is right on all. */
export async function homeWithModels(
  change: Partial<CharterOptions> = FEDALT,
  prepare: (data: string) => Promise<void> = () => Promise.resolve(),
): Promise<HomeWithModels> {
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-models-'))
  const data = join(dir, 'data')
  await writeTinySite(data, [34, 22, 28], 'models')
  for (let i = 0; i < 10; i++)
    await copyFile(join(data, 'red', `${i}.png`), join(data, 'blue', `odd-${i}.png`))
  await prepare(data)
  const paths = homePaths(join(dir, 'home'))
  const site = { home: paths.root, site: 'foundry', backbone: TINY_BACKBONE, data, listen: ['/ip4/127.0.0.1/tcp/0'], peers: [] } // prettier-ignore
  await createSite(site, {
    name: 'colours',
    classes: TINY_CLASSES,
    members: [],
    imageSize: 16,
    adapter: { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'colours' },
    contributionsPerTask: 1,
    training: { epochs: 1, batchSize: 8, learningRate: 1e-3, weightDecay: 0 },
    ...change,
  })
  const status = await runUntilScored(paths)
  await rm(paths.served, { recursive: true, force: true })
  return { paths, data, status, remove: () => rm(dir, { recursive: true, force: true }) }
}

/** Runs a home's node until it is done and its newest merge is scored, in all tasks. */
export async function runUntilScored({ root }: HomePaths, tasks = 1): Promise<NodeStatus> {
  await using node = await createNode({ home: root, logger: silentLogger() })
  await node.start()
  await node.whenDone({ signal: AbortSignal.timeout(150_000) })
  return await waitFor('scores of the newest merge', 60_000, () => {
    const status = node.status()
    const scored = status.scores.tasks.filter(({ own }) => own?.merge === status.merge?.digest)
    return status.merge !== null && scored.length === tasks ? status : undefined
  })
}
