import assert from 'node:assert/strict'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import type { CharterOptions } from '../../../src/node/build-charter.ts'
import type { HomePaths } from '../../../src/node/home.ts'
import type { TaskOpening } from '../../../src/node/membership/open-task.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import type { HelpReport } from '../../../src/node/who-helps/types.ts'
import { peermergeBeside } from '../../helpers/node/run-program.ts'
import { goesBack } from './goes-back.ts'
import { runToOneMerge, threeSites, until, type Sites } from './three-sites.ts'

const OLD = ['across', 'down']
const NEW = 'plain'
/** One class alone, and one beside a class that the charter has. */
const ALONE = [NEW]
const BESIDE = ['down', NEW]
/** Of some sites a few images of one class are left. */
const FLOORS = { samples: 4, perClass: 2 }
const aside = (folder: string): string => `${folder}-${NEW}`

/** Of the first task every site has samples; of the one that is opened later only those that are named, which lose the others. */
async function underTasks(
  charter: Partial<CharterOptions>,
  { holders, classes = ALONE }: { readonly holders: readonly number[]; readonly classes?: readonly string[] },
  check: (run: { nodes: PeermergeNode[]; sites: Sites; first: NodeStatus }) => Promise<void>,
): Promise<void> {
  const sites = await threeSites({ classes: OLD, contributionsPerTask: 1, floors: FLOORS, ...charter })
  const nodes: PeermergeNode[] = []
  try {
    for (const folder of sites.folders) await rename(join(folder, NEW), aside(folder))
    const isMeasured = charter.classifier?.rule === 'analytic'
    const [first] = await runToOneMerge(sites, nodes, isMeasured ? 6 : 3)
    for (const [i, folder] of sites.folders.entries()) {
      if (!holders.includes(i)) continue
      for (const old of OLD.filter((label) => !classes.includes(label)))
        await rm(join(folder, old), { recursive: true })
      await rename(aside(folder), join(folder, NEW))
    }
    await openTask(sites.paths[holders[0]!]!, classes)
    await check({ nodes, sites, first: first! })
  } finally {
    for (const node of nodes) await node.stop()
    for (const folder of sites.folders) await rm(aside(folder), { recursive: true, force: true })
    await sites.remove()
  }
}

async function openTask(paths: HomePaths, classes: readonly string[]): Promise<void> {
  const control = await connectControl(paths)
  const task = { name: 'plain parts', classes: [...classes], held: [...classes], force: true }
  const opened = (await control.execute({ command: 'task-open', ...task })) as TaskOpening
  assert.equal(opened.became, 'opened')
}

/** All are done, agree, and have in their merge so much of the task that was opened. */
function agree(adapters: number, statistics: number): (all: readonly NodeStatus[]) => boolean {
  return (all) =>
    all.every(
      ({ done, merge, members }) =>
        done &&
        merge?.digest === all[0]?.merge?.digest &&
        merge?.known === adapters + statistics && // what is admitted may not be merged yet
        members.reduce((sum, member) => sum + member.adapters, 0) === adapters &&
        members.reduce((sum, member) => sum + member.statistics, 0) === statistics,
    )
}

function rows({ classifier }: NonNullable<ReturnType<PeermergeNode['merged']>>): number[][] {
  const width = classifier.weight.shape[1]!
  return [...classifier.bias.data].map((bias, row) => [...classifier.weight.data.subarray(row * width, (row + 1) * width), bias]) // prettier-ignore
}

/** Across the opening of a task: who helps on both tasks, and back to the merge that knew the first alone. */
async function helpsAndGoesBack(paths: HomePaths, earlier: string): Promise<void> {
  const { code, stdout, stderr } = await peermergeBeside('who-helps', '--home', paths.root, '--json')
  assert.equal(code, 0, stderr + stdout)
  const { classes, tasks, sites, figures } = JSON.parse(stdout) as HelpReport
  assert.deepEqual(classes, [...OLD, NEW])
  assert.deepEqual(tasks.map(({ name }) => name), [null, 'plain parts']) // prettier-ignore
  assert.deepEqual(sites.map(({ name, contributions }) => `${name} ${contributions.length}`).sort(), ['foundry 2', 'mill 2', 'press 2']) // prettier-ignore
  assert.equal(figures.perTask.length, 2)
  for (const { figures: without } of sites) assert.equal(without.count, figures.count, 'the same samples')
  await goesBack(paths, earlier)
}

test(
  'counts: a later task gets rows of its own, and those of the first stay though its data are gone',
  { timeout: 180_000 },
  async () => {
    await underTasks(
      { classifier: { rule: 'counts' } },
      { holders: [0, 2], classes: BESIDE },
      async ({ nodes, sites, first }) => {
        const before = rows(nodes[0]!.merged()!)
        const statuses = await until(nodes, agree(6, 0), 120_000)
        const merged = nodes.map((node) => node.merged()!)
        assert.notEqual(statuses[0]!.merge!.digest, first.merge!.digest)
        assert.equal(statuses[0]!.merge!.cut.length, 6)
        for (const result of merged) {
          assert.deepEqual(rows(result)[0], before[0], 'the row of a class of the first task alone')
          assert.notDeepEqual(rows(result)[1], before[1], 'that of a class of both is of both')
          assert.ok(
            rows(result)[2]!.some((value) => value !== 0),
            'a row of the new class',
          )
        }
        assert.notEqual(merged[0]!.digests.adapter, first.merge!.adapter, 'the adapter is one of both tasks')
        await helpsAndGoesBack(sites.paths[0]!, first.merge!.digest)
        assert.equal(nodes[0]!.status().served?.digest, first.merge!.digest)
        assert.equal(nodes[0]!.status().help?.sites.length, 3)
        const waits = statuses[1]!.problems.filter(({ code }) => code !== 'data')
        assert.deepEqual(waits, [], 'a site without samples of a task misses it in peace')
      },
    )
  },
)

test(
  'analytic on merged features: the adapter stays that of the first task, whose statistics stay exact',
  { timeout: 180_000 },
  async () => {
    const classifier = { rule: 'analytic', features: 'merged', ridge: 1e-2 } as const
    await underTasks({ classifier }, { holders: [1] }, async ({ nodes, first }) => {
      const [status] = await until(nodes, agree(3, 4), 120_000)
      const merged = nodes[2]!.merged()!
      assert.equal(merged.digests.adapter, first.merge!.adapter)
      const source = status!.merge!.classifierSource
      assert.ok(source.rule === 'analytic' && source.anchor === first.merge!.adapter && source.byCounts === undefined) // prettier-ignore
      const before = first.merge!.classifierSource
      assert.ok(before.rule === 'analytic' && source.count > before.count)
      assert.equal(rows(merged).length, 3)
      assert.ok(rows(merged).every((row) => row.some((value) => value !== 0)))
    })
  },
)

test(
  'analytic on frozen features: the same classifier as if all samples had been there together',
  { timeout: 240_000 },
  async () => {
    const classifier = { rule: 'analytic', features: 'frozen', ridge: 1e-2 } as const
    const together = await threeSites({ classifier, contributionsPerTask: 1, floors: FLOORS })
    const all: PeermergeNode[] = []
    try {
      await runToOneMerge(together, all, 6)
      const expected = rows(all[0]!.merged()!)
      await underTasks({ classifier }, { holders: [0, 1, 2] }, async ({ nodes }) => {
        await until(nodes, agree(3, 6), 120_000)
        const actual = rows(nodes[1]!.merged()!)
        const scale = Math.max(...expected.flat().map(Math.abs))
        actual.flat().forEach((value, i) => assert.ok(Math.abs(value - expected.flat()[i]!) < 1e-3 * scale, `entry ${i}: ${value}, expected ${expected.flat()[i]}`)) // prettier-ignore
      })
    } finally {
      for (const node of all) await node.stop()
      await together.remove()
    }
  },
)
