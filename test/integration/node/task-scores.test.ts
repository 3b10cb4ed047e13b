import assert from 'node:assert/strict'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import { createNode } from '../../../src/node/node.ts'
import type { TaskReportRow } from '../../../src/node/scores/types.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { runToOneMerge, threeSites, until, type Sites } from './three-sites.ts'

const OLD = ['across', 'down']
const NEW = 'plain'
const FLOORS = { samples: 4, perClass: 2 }
const DEADLINE_MS = 120_000
const aside = (folder: string): string => `${folder}-${NEW}`

/** Figures of the consortium, as every member is to have them. */
function figures({ scores: { consortium, tasks } }: NodeStatus): object {
  const { merge, sites, of, forgetting } = consortium!
  const all = tasks.map(({ id, consortium: one }) => ({ id, ...one }))
  return { merge, sites, of, forgetting, all }
}

/** All are done, hold one merge and have heard from all how it does. */
function haveScored(tasks: number): (all: readonly NodeStatus[]) => boolean {
  return (all) =>
    all.every(({ done, merge, scores }) => {
      const { merge: scored, sites } = scores.consortium!
      return done && merge?.digest === all[0]?.merge?.digest && scored === merge?.digest && sites === all.length && scores.tasks.length === tasks // prettier-ignore
    })
}

async function openTask(sites: Sites): Promise<void> {
  const control = await connectControl(sites.paths[0]!)
  const task = { name: 'plain parts', classes: [NEW, 'down'], held: [NEW], force: true }
  await control.execute({ command: 'task-open', ...task })
}

const sum = (rows: readonly TaskReportRow[], of: (row: TaskReportRow) => number): number =>
  rows.reduce((total, row) => total + of(row), 0)

test(
  'three sites and two tasks: all see one accuracy and forgetting of the consortium, also one that comes back late; what is gone is said to be gone',
  { timeout: 300_000 },
  async () => {
    const sites = await threeSites({ classes: OLD, contributionsPerTask: 1, floors: FLOORS, classifier: { rule: 'counts' }, scores: 'shared' }) // prettier-ignore
    const nodes: PeermergeNode[] = []
    try {
      for (const folder of sites.folders) await rename(join(folder, NEW), aside(folder))
      await runToOneMerge(sites, nodes, 3)
      const first = await until(nodes, haveScored(1), DEADLINE_MS)
      for (const status of first)
        assert.equal(status.scores.forgetting, null, 'nothing has come after the only task')

      await rm(join(sites.folders[2]!, 'across'), { recursive: true }) // the press loses the old task whole
      await rm(join(sites.folders[2]!, 'down'), { recursive: true })
      for (const folder of sites.folders) await rename(aside(folder), join(folder, NEW))
      await openTask(sites)
      const both = await until(nodes, haveScored(2), DEADLINE_MS)

      for (const status of both) assert.deepEqual(figures(status), figures(both[0]!))
      const [old, later] = both[0]!.scores.tasks
      assert.equal(old!.consortium!.sites, 2, 'the press has no sample of it any more')
      assert.equal(later!.consortium!.sites, 3)
      const kept = both.slice(0, 2).map(({ scores }) => scores.tasks[0]!)
      assert.equal(
        old!.consortium!.count,
        sum(kept, ({ own }) => own!.count),
      )
      assert.equal(
        old!.consortium!.correct,
        sum(kept, ({ own }) => own!.correct),
      )
      for (const { scores } of both.slice(0, 2)) {
        const own = scores.tasks[0]!.own!
        assert.equal(
          own.atEnd.merge,
          first[0]!.merge!.digest,
          'the end of the old task is the last merge that brought something of it',
        )
        assert.equal(own.forgetting, own.accuracyAtEnd - own.accuracy)
        assert.equal(scores.forgetting, own.forgetting, 'of all tasks but the last')
      }
      const gone = both[2]!.scores.tasks[0]!.own!
      assert.deepEqual([gone.isMeasurable, gone.merge], [false, first[0]!.merge!.digest])
      assert.equal(gone.accuracy, first[2]!.scores.tasks[0]!.own!.accuracy, 'the last known figure, not 0')

      await nodes[2]!.stop()
      await sites.dial(2, nodes[0]!.status().addresses)
      nodes[2] = await createNode({ home: sites.paths[2]!.root })
      await nodes[2].start()
      const again = await until(nodes, haveScored(2), DEADLINE_MS)
      for (const status of again) assert.deepEqual(figures(status), figures(both[0]!))
      assert.deepEqual(again[2]!.scores.tasks[0]!.own, gone, 'a restart forgets nothing')
    } finally {
      for (const node of nodes) await node.stop()
      for (const folder of sites.folders) await rm(aside(folder), { recursive: true, force: true })
      await sites.remove()
    }
  },
)
