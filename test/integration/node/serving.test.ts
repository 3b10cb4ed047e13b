import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HomePaths } from '../../../src/node/home.ts'
import type { ModelChoices } from '../../../src/node/serving/choose-model.ts'
import { readServing, servedFile, type Serving } from '../../../src/node/serving/served-model.ts'
import type { Evaluation } from '../../../src/node/predict/evaluate.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { peermerge } from '../../helpers/node/run-program.ts'
import { runToOneMerge, threeSites } from './three-sites.ts'

const ADAPTER = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 's' } as const

/** The record of what is served, once there is one of the newest merge or no work is left. */
async function settled({ served }: HomePaths, digest: string): Promise<Serving> {
  for (let tries = 0; tries < 300; tries++) {
    const serving = await readServing(served)
    if (serving !== undefined && (serving.current.digest === digest || tries > 50)) return serving
    await sleep(200)
  }
  throw new Error('nothing was served within a minute')
}

function choose(home: string, ...more: string[]): ModelChoices {
  const { code, stdout, stderr } = peermerge('choose', '--home', home, '--json', ...more)
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as ModelChoices
}

test(
  'a site serves what is best on its held-out samples; a person chooses and rolls back while the node runs, and training goes on from the merge',
  { timeout: 240_000 },
  async () => {
    const sites = await threeSites({ adapter: ADAPTER, rule: 'mean', contributionsPerTask: 2 })
    const [paths] = sites.paths
    const home = paths!.root
    const nodes: PeermergeNode[] = []
    try {
      const statuses = await runToOneMerge(sites, nodes, 9) // six of adapters, three of statistics
      const merge = statuses[0]!.merge!.digest
      const serving = await settled(paths!, merge)
      assert.equal(serving.follows, 'merged')
      assert.equal(serving.current.by, 'node')

      const choices = choose(home)
      const served = choices.models.find((model) => model.isServed)!
      assert.equal(served.digest, serving.current.digest)
      assert.deepEqual({ correct: served.correct, count: served.count }, serving.current.heldOut)
      const newest = choices.models.at(-1)!
      assert.equal(newest.digest, merge)
      assert.ok(served.correct >= newest.correct, 'no better one is left aside')

      const predicted = peermerge('eval', '--home', home, '--json')
      assert.equal(predicted.code, 0, predicted.stderr)
      const { model, correct, count } = JSON.parse(predicted.stdout) as Evaluation
      assert.deepEqual(model, { kind: 'merged', digest: served.digest }, 'what is served answers')
      assert.deepEqual({ correct, count }, serving.current.heldOut)

      const alone = join(home, 'alone.safetensors')
      const missing = peermerge('choose', 'alone', '--home', home)
      assert.notEqual(missing.code, 0)
      assert.match(missing.stderr, /no model alone is there.*peermerge train/)
      for (const node of nodes) await node.stop()
      assert.equal(peermerge('train', '--home', home, '--out', alone, '--epochs', '1').code, 0)
      const own = choose(home, 'alone', '--alone', alone, '--force')
      assert.deepEqual([own.serving!.follows, own.serving!.current.kind, own.serving!.current.by], ['nothing', 'alone', 'person']) // prettier-ignore
      assert.deepEqual(await readFile(servedFile(paths!.served, own.serving!.current)), await readFile(alone))

      const back = peermerge('rollback', '--home', home, '--json')
      assert.equal(back.code, 0, back.stderr)
      const after = JSON.parse(back.stdout) as Serving
      assert.deepEqual([after.current.digest, after.follows], [serving.current.digest, 'nothing'])

      await writeFile(servedFile(paths!.served, own.serving!.current), 'other bytes')
      const damaged = peermerge('rollback', own.serving!.current.digest.slice(0, 12), '--home', home)
      assert.notEqual(damaged.code, 0)
      assert.match(damaged.stderr, /other bytes than those that were taken up/)
      assert.equal((await readServing(paths!.served))!.current.digest, serving.current.digest)
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)
