import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { servedMetrics } from '../../../../src/node/metrics/served-metrics.ts'
import { writeCandidate, type CandidateReport } from '../../../../src/node/serving/candidate-report.ts'
import { ServedNow } from '../../../../src/node/serving/served-now.ts'
import { serve, servingFile, type Served, type Serving } from '../../../../src/node/serving/served-model.ts'
import { reportServing } from '../../../../src/node/status/served-report.ts'
import { servedLines } from '../../../../src/node/status/served-text.ts'
import { AT, statusWith } from './statuses.ts'

const MODEL: Omit<Served, 'sha256'> = {
  kind: 'merged',
  digest: 'a'.repeat(64),
  since: Date.parse(AT) - 3 * 3_600_000,
  by: 'person',
  who: 'Dr. Meyer',
  reason: 'rolled back by a person',
  heldOut: { correct: 45, count: 60 },
}
const score = { correct: 41, count: 60 }
const CANDIDATE: CandidateReport = {
  v: 1,
  at: Date.parse(AT),
  kind: 'merged',
  digest: 'b'.repeat(64),
  adopted: false,
  reason: 'a gain of -6.7 %',
  classes: ['crack'],
  tasks: [null],
  models: [{ model: 'candidate', digest: 'b'.repeat(64), ...score, perClass: [score], perTask: [score] }],
}

async function inServed(job: (served: string, file: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-served-now-'))
  try {
    const file = join(root, 'model')
    await writeFile(file, 'a model')
    await job(join(root, 'served'), file)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

test('a status says what is served at the moment of asking, and why the newest merge is not', async () => {
  await inServed(async (served, file) => {
    const now = new ServedNow(served)
    assert.deepEqual(reportServing(now, undefined), { served: null, candidate: null })
    await serve(served, { file, model: MODEL, follows: 'nothing' })
    await writeCandidate(served, CANDIDATE)
    const said = reportServing(now, CANDIDATE.digest)
    assert.deepEqual([said.served!.heldOut!.accuracy, said.served!.isNewestMerge, said.served!.since], [0.75, false, '2026-11-25T09:00:00.000Z']) // prettier-ignore
    assert.deepEqual([said.candidate!.adopted, said.candidate!.models[0]!.correct], [false, 41])
    assert.deepEqual(servedLines({ ...statusWith([]), ...said }), [
      'serves merge aaaaaaaaaaaa since 3 h ago, 75.0 % of 60 held-out samples right then, chosen by Dr. Meyer; it stays until a person chooses',
      'merge bbbbbbbbbbbb stays out: a gain of -6.7 %',
    ])
    await serve(served, {
      file,
      model: { ...MODEL, digest: CANDIDATE.digest, by: 'node' },
      follows: 'merged',
    })
    assert.equal(reportServing(now, CANDIDATE.digest).served!.isNewestMerge, true)
    assert.equal(servedLines({ ...statusWith([]), ...reportServing(now, CANDIDATE.digest) }).length, 1)
    await writeFile(servingFile(served), 'not JSON')
    assert.equal(now.serving, undefined)
  })
})

test('metrics say the same, and nothing while nothing is served', async () => {
  const registry = new Registry()
  const set = servedMetrics(registry)
  set({ served: null, at: AT })
  assert.doesNotMatch(await registry.metrics(), /^peermerge_served/m)
  const current: Served = { ...MODEL, sha256: 'c'.repeat(64) }
  const serving: Serving = { v: 1, follows: 'merged', current, earlier: [] }
  set({ ...reportServing({ serving, candidate: undefined }, MODEL.digest), at: AT })
  const text = await registry.metrics()
  for (const line of [
    'served_accuracy{kind="merged"} 0.75',
    'served_age_seconds{kind="merged"} 10800',
    'served_is_newest_merge{kind="merged"} 1',
  ])
    // prettier-ignore
    assert.ok(text.includes(`peermerge_${line}\n`), line)
})
