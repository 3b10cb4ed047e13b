import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CharterOptions } from '../../../src/node/build-charter.ts'
import { connectControl } from '../../../src/node/control-client.ts'
import type { HomePaths } from '../../../src/node/home.ts'
import type { TaskOpening } from '../../../src/node/membership/open-task.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { peermergeBeside } from '../../helpers/node/run-program.ts'
import { goesBack, mergesOf } from './goes-back.ts'
import { replaysOffline } from './replays-offline.ts'
import { listsRounds } from './rounds-by-command.ts'
import { haveMerged, STAGED, startSite } from './staged-rounds.ts'
import { threeSites, until, type Sites } from './three-sites.ts'

const OLD = ['across', 'down']
const NEW = 'plain'
/** B, A and the end of each of two tasks. */
const ROUNDS = 6

const CHARTER: Partial<CharterOptions> = { ...STAGED, classes: OLD }

const all = (folder: string): string => `${folder}-all`

/** From its next run on a site has samples of the new class, too. */
async function growData(paths: HomePaths, data: string): Promise<void> {
  const config = JSON.parse(await readFile(paths.config, 'utf8')) as object
  await writeFile(paths.config, JSON.stringify({ ...config, data }))
}

async function openTask(paths: HomePaths): Promise<void> {
  const control = await connectControl(paths)
  const task = { name: 'plain parts', classes: [NEW], held: [NEW], force: true }
  const opened = (await control.execute({ command: 'task-open', ...task })) as TaskOpening
  assert.equal(opened.became, 'opened')
}

/** Sites whose data have no sample of the class to come, and beside them data that do. */
async function stagedSites(): Promise<Sites> {
  const sites = await threeSites(CHARTER)
  for (const folder of sites.folders) {
    await cp(folder, all(folder), { recursive: true })
    await rm(join(folder, NEW), { recursive: true })
  }
  return sites
}

async function startAll(sites: Sites, nodes: PeermergeNode[], listener: (at: number, event: NodeEvent) => void): Promise<void> {
  for (const i of sites.paths.keys()) await startSite(sites, nodes, i, (event) => listener(i, event))
} // prettier-ignore

/** Under rounds there is no merge without one of the sites; it is refused by name, and nothing is kept. */
async function refusesWhoHelps({ root, help }: HomePaths): Promise<void> {
  const { code, stdout } = await peermergeBeside('who-helps', '--home', root, '--json')
  assert.notEqual(code, 0)
  const { error } = JSON.parse(stdout) as { readonly error: { readonly code: string; readonly message: string } } // prettier-ignore
  assert.equal(error.code, 'ERR_OPTIONS')
  assert.match(error.message, /^who-helps: under the staged schedule/)
  assert.ok(!existsSync(help))
}

test(
  'three sites go through the rounds of two tasks, the second opened while they train: one merge, one that has no samples passes, and a restart leads to the same',
  { timeout: 300_000 },
  async () => {
    const sites = await stagedSites()
    const nodes: PeermergeNode[] = []
    const published: string[][] = [[], [], []]
    const texts = new Set<string>()
    try {
      await startAll(sites, nodes, (at, event) => {
        if (event.type === 'published') published[at]!.push(`${event.kind} ${event.generation}`)
        if (event.type === 'activity') texts.add(event.activity.text)
      })
      await until(nodes, (statuses) => statuses.some(({ merge }) => merge !== null), 120_000)
      for (const holder of [0, 2]) await growData(sites.paths[holder]!, all(sites.folders[holder]!))
      await openTask(sites.paths[0]!)
      const statuses = await until(nodes, haveMerged(ROUNDS), 240_000)
      const first = ['adapter 1', 'adapter 2', 'grams 3']
      const second = ['adapter 4', 'adapter 5', 'grams 6']
      assert.deepEqual(published, [[...first, ...second], first, [...first, ...second]])
      assert.ok([...texts].some((text) => /task plain parts.*no samples of it and passes/.test(text)))
      for (const { merge, problems, members } of statuses) {
        assert.equal(merge!.cut.length, 15)
        assert.equal(merge!.contributors.length, 3)
        assert.deepEqual(problems, [])
        assert.deepEqual(members.map(({ included }) => included).sort(), [3, 6, 6])
      }
      const { adapterSpec, classifier } = nodes[1]!.merged()!
      assert.equal(adapterSpec.rank, 4, 'both tasks side by side')
      assert.equal(classifier.weight.shape[0], 3)
      const digest = statuses[0]!.merge!.digest
      const early = (await mergesOf(sites.paths[0]!)).filter(({ generation }) => generation <= 3)
      await refusesWhoHelps(sites.paths[0]!)
      await goesBack(sites.paths[0]!, early.at(-1)!.digest)
      assert.equal(nodes[0]!.status().served?.digest, early.at(-1)!.digest, 'the model of before the task')
      await nodes[1]!.stop()
      assert.equal(nodes[1]!.merged()?.digests.merge, digest, 'after its end the last')
      await replaysOffline(sites.paths[1]!, digest)
      await listsRounds(sites.paths[1]!, [3, 3, 3, 2, 2, 2])
      const again = await createNode({ home: sites.paths[1]!.root })
      nodes.push(again)
      await again.start()
      assert.equal(again.merged()?.digests.merge, digest, 'at once, as the home keeps it')
      const [restarted] = await until([again], haveMerged(ROUNDS), 60_000)
      assert.equal(restarted!.merge!.digest, digest)
    } finally {
      for (const node of nodes) await node.stop()
      for (const folder of sites.folders) await rm(all(folder), { recursive: true, force: true })
      await sites.remove()
    }
  },
)
