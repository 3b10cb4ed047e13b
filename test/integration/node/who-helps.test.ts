import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AuditEntry } from '../../../src/node/audit/audit-entry.ts'
import { factsOf, type FactsOf } from '../../../src/node/audit/audit-kinds.ts'
import { readLog } from '../../../src/node/audit/read-log.ts'
import { openSiteStore } from '../../../src/node/components.ts'
import type { HomePaths } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { readServing, servedFile, type Serving } from '../../../src/node/serving/served-model.ts'
import { rollBack } from '../../../src/node/serving/roll-back.ts'
import type { HelpReport } from '../../../src/node/who-helps/types.ts'
import { whoHelps } from '../../../src/node/who-helps/who-helps.ts'
import { mislabel } from '../../fixtures/mislabel.ts'
import { syntheticSite } from '../../fixtures/synthetic-site.ts'
import { peermerge, peermergeBeside, type Ran } from '../../helpers/node/run-program.ts'
import { runToOneMerge, threeSites, until } from './three-sites.ts'

function said({ code, stdout, stderr }: Ran): unknown {
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as unknown
}

async function recorded<Kind extends 'merge-computed' | 'model-chosen'>(
  { audit }: HomePaths,
  kind: Kind,
): Promise<FactsOf<Kind>[]> {
  const found: FactsOf<Kind>[] = []
  const onEntry = (entry: AuditEntry): void => {
    const facts = factsOf(entry, kind)
    if (facts !== undefined) found.push(facts)
  }
  const { flaw } = await readLog(audit, { signatures: 'all', onEntry })
  assert.equal(flaw, null)
  return found
}

/** Takes every file of a merge away, as a home that has gone on for long would; returns what was in it. */
async function forget({ merges, served }: HomePaths, digest: string): Promise<Buffer> {
  const file = join(merges, `${digest}.safetensors`)
  const bytes = await readFile(file)
  for (const one of [file, join(merges, `${digest}.json`), servedFile(served, { digest })])
    await rm(one, { force: true })
  return bytes
}

test(
  'a site whose labels are wrong is found, as the merge is better without it; the merge before it came is computed again, to its digest, and served',
  { timeout: 600_000 },
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
    const paths = sites.paths[0]!
    const home = ['--home', paths.root] as const
    try {
      const [status] = await runToOneMerge(sites, nodes, 3)
      const report = said(await peermergeBeside('who-helps', ...home, '--json')) as HelpReport
      assert.equal(report.merge, status!.merge!.digest)
      assert.deepEqual(report.sites.map(({ name, effect, self }) => [name, effect === 'harms', self]).at(-1), ['mill', true, false]) // prettier-ignore
      const mill = report.sites.at(-1)!
      const [told] = await until(nodes.slice(0, 1), ([one]) => one!.help !== null, 10_000)
      assert.deepEqual(
        [told!.help!.merge, told!.help!.count, told!.help!.sites.length],
        [report.merge, 60, 3],
      )
      const shown = told!.help!.sites.at(-1)!
      assert.deepEqual(
        [shown.name, shown.effect, shown.tied],
        ['mill', 'harms', 60 - mill.gained - mill.lost],
      )
      assert.ok(mill.lost > mill.gained + 20 && mill.chance < 0.001, JSON.stringify(mill))
      assert.deepEqual(mill.figures.perTask, [{ correct: mill.figures.correct, count: 60 }])
      assert.deepEqual(mill.figures.perClass.map(({ count }) => count), [20, 20, 20]) // prettier-ignore
      assert.deepEqual(
        report.sites.filter(({ self }) => self).map(({ name }) => name),
        ['foundry'],
      )

      const [before] = await until(nodes.slice(0, 1), ([one]) => one!.served !== null && one!.candidate !== null, 60_000) // prettier-ignore
      const { served, candidate } = before!
      const now = (await readServing(paths.served))!
      assert.deepEqual([served!.digest, served!.by, served!.heldOut?.count], [now.current.digest, 'node', 60])
      assert.ok(candidate!.reason.length > 0 && candidate!.models[0]!.model === 'candidate')

      const merges = await recorded(paths, 'merge-computed')
      const past = merges.find(({ digest }) => digest !== now.current.digest)!.digest
      const bytes = await forget(paths, past)
      const back = said(
        await peermergeBeside('rollback', past.slice(0, 20), ...home, '--by', 'Dr. Meyer', '--json'),
      ) as Serving
      assert.deepEqual([back.current.digest, back.current.who, back.follows], [past, 'Dr. Meyer', 'nothing'])
      assert.ok(bytes.equals(await readFile(servedFile(paths.served, back.current))), 'the very same file')
      const after = nodes[0]!.status().served!
      assert.deepEqual([after.digest, after.by, after.who], [past, 'person', 'Dr. Meyer'])
      for (const node of nodes) await node.stop()

      const again = await rollBack(paths, { now: Date.now })
      assert.deepEqual([again.serving.current.digest, again.recorded], [now.current.digest, true])
      const chosen = await recorded(paths, 'model-chosen')
      assert.deepEqual(chosen.map(({ digest, who, model, follows }) => [digest, who, model, follows]), [[past, 'Dr. Meyer', 'merged', 'nothing'], [now.current.digest, null, 'merged', 'nothing']]) // prettier-ignore

      const without = said(peermerge('merge', ...home, '--without', mill.peer, '--json')) as {
        digest: string
      }
      assert.equal(without.digest, mill.without, 'by the files, judged one by one, it is the same')

      const store = await openSiteStore(paths, silentLogger())
      await store.setVerdict(mill.contributions[0]!, 'pruned', 'superseded')
      await store.close()
      const isGone = { code: 'ERR_INCOMPLETE', message: /number 1 of mill \(let go\)/ }
      await assert.rejects(whoHelps(paths, { onSite: () => undefined }), isGone)
      await forget(paths, report.merge)
      await assert.rejects(rollBack(paths, { digest: report.merge, now: Date.now }), isGone)
      const unknown = { code: 'ERR_NO_SUCH_MODEL', message: /no record here says what it was made of/ }
      await assert.rejects(rollBack(paths, { digest: 'ff'.repeat(32), now: Date.now }), unknown)
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
      await Promise.all([wrong.remove(), right.remove()])
    }
  },
)
