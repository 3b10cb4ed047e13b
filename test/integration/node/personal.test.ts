import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { loraAName, loraBName, type Tensor } from '../../../src/merge/index.ts'
import { connectControl } from '../../../src/node/control-client.ts'
import { readCharter, type HomePaths } from '../../../src/node/home.ts'
import { createLogger } from '../../../src/node/logger.ts'
import { createNode } from '../../../src/node/node.ts'
import { loadDeclined } from '../../../src/node/personal/declined-file.ts'
import { loadPersonal } from '../../../src/node/personal/personal-file.ts'
import type { FedAltState } from '../../../src/node/personal/personal-state.ts'
import type { PersonalExplanation } from '../../../src/node/personal/explain-personal.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { peermerge } from '../../helpers/node/run-program.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { contributionsOf } from './contribution-payloads.ts'
import { runToOneMerge, threeSites, until, type Sites } from './three-sites.ts'

const RANK = 2
const SCALE = 2
const ADAPTER = { kind: 'lora', rank: RANK, alpha: SCALE * RANK, trains: 'AB', seed: 's' } as const
const CHARTER = { adapter: ADAPTER, rule: 'mean', classifier: { rule: 'counts' } } as const
const DEADLINE_MS = 90_000

/** The contributions of others that a site's own model has met, renewals that were declined included. */
async function metBy(paths: HomePaths): Promise<readonly string[] | undefined> {
  return (await loadDeclined(paths)) ?? ((await loadPersonal(paths.personal)) as FedAltState | undefined)?.met
}

/** Resolves when the own models of these sites have met the contributions of so many others. */
async function haveMet(sites: Sites, others: number, chosen = [0, 1, 2]): Promise<void> {
  const met = async (site: number): Promise<boolean> => (await metBy(sites.paths[site]!))?.length === others
  const all = async (): Promise<true | undefined> =>
    (await Promise.all(chosen.map(met))).every(Boolean) || undefined
  await waitFor(`own models have met ${others} others`, DEADLINE_MS, all)
}

/** A latecomer hears of what there is before it trains, on a busy machine too; the first has nobody to wait for. */
const patient = (site: number) => ({
  pacing: { waitFor: 'all', patienceMs: 120_000, startPatienceMs: site === 0 ? 0 : 15_000 } as const,
})

const trainedOnce = (rest: 'factors' | 'products'): Promise<Sites> =>
  threeSites({ ...CHARTER, contributionsPerTask: 1, personal: { method: 'fedalt', rest } }, patient)

/** One after the other, each when those before it are done: what a site has of the others is all that there was. */
async function oneByOne(sites: Sites, nodes: PeermergeNode[], events: NodeEvent[][]): Promise<void> {
  const logger = createLogger({ level: 'silent' })
  for (const [i, paths] of sites.paths.entries()) {
    if (nodes.length > 0) await sites.dial(i, nodes[0]!.status().addresses)
    const node = await createNode({ home: paths.root, logger })
    const told: NodeEvent[] = []
    events.push(told)
    node.subscribe((event) => told.push(event))
    nodes.push(node)
    await node.start()
    await until(nodes, (all) => all.every(({ merge }) => merge?.known === i + 1), DEADLINE_MS)
  }
}

type FedAltExplanation = Extract<PersonalExplanation, { method: 'fedalt' }>

/** Mean of these tensors, times a number, in float64. */
function mean(tensors: readonly Tensor[], times: number): number[] {
  return [...tensors[0]!.data].map(
    (_, i) => (times * tensors.reduce((sum, { data }) => sum + data[i]!, 0)) / tensors.length,
  )
}

test(
  'FedALT over three nodes: each site trains beside the mean of the others’ factors, meets those who come later, sends its own factors alone, and all hold one merge',
  { timeout: 180_000 },
  async () => {
    const sites = await trainedOnce('factors')
    const nodes: PeermergeNode[] = []
    const events: NodeEvent[][] = []
    try {
      await oneByOne(sites, nodes, events)
      await haveMet(sites, 2)
      const done = await until(nodes, (all) => all.every((one) => one.done), DEADLINE_MS)
      assert.equal(new Set(done.map(({ merge }) => merge!.digest)).size, 1)
      for (const { problems } of done) assert.deepEqual(problems, [])
      const own = events.map((all) => all.filter((event) => event.type === 'personal'))
      const told = own.map((all) => all.find(({ renewal }) => renewal === null))
      const renewals = own.map((all) => all.flatMap(({ renewal, others }) => renewal === null ? [] : [{ ...renewal, others }])) // prettier-ignore
      for (const [i, name] of ['mill', 'foundry'].entries()) {
        const last = renewals[i]!.at(-1)!
        assert.deepEqual([last.others, last.gone], [[name, 'press'], []])
      }
      assert.deepEqual(renewals[2], [], 'whoever comes last has met all')
      const beside = [[], ['foundry'], ['foundry', 'mill']]
      for (const [i, event] of told.entries()) {
        assert.ok(event !== undefined)
        assert.deepEqual(event.others, beside[i])
        assert.ok(event.samples > 0 && event.personal <= event.samples)
        assert.equal(event.merged === null, i === 0, 'there is a merge as soon as somebody has contributed')
      }
      for (const node of nodes) await node.stop()

      const sent = new Map(
        [...(await contributionsOf(sites.paths[2]!))].map(([id, { payload }]) => [id, payload]),
      )
      assert.equal(sent.size, 3)
      const { modules } = await readCharter(sites.paths[0]!)
      for (const tensors of sent.values())
        for (const name of tensors.entries.keys()) assert.match(name, /^(adapter|classifier)\//)
      for (const [i, paths] of sites.paths.entries()) {
        const personal = (await loadPersonal(paths.personal)) as FedAltState
        assert.equal((await stat(paths.personal)).mode & 0o777, 0o600)
        const taken = renewals[i]!.filter(({ outcome }) => outcome === 'taken')
        const beside = taken.at(-1)?.others.length ?? i
        assert.deepEqual([personal.rest.length, (await metBy(paths))!.length, personal.trainings], [beside, 2, 1]) // prettier-ignore
        const { adapter } = personal.state
        for (const { name } of modules) {
          const [a, b] = [loraAName(name), loraBName(name)]
          const others = personal.rest.map((id) => sent.get(id)!)
          const [restA, restB] = [adapter.get(`rest/${name}/lora_A`)!, adapter.get(`rest/${name}/lora_B`)!]
          if (beside === 0) assert.ok([...restA.data, ...restB.data].every((value) => value === 0))
          else {
            assertClose(restA.data, mean(others.map((one) => one.tensor(a)), 1), 1e-6, `${name} A`) // prettier-ignore
            assertClose(restB.data, mean(others.map((one) => one.tensor(b)), SCALE), 1e-6, `${name} B`) // prettier-ignore
          }
          const own = [...sent.values()].filter(
            (one) => one.tensor(b).data.join() === adapter.get(b)!.data.join(),
          )
          if (taken.length === 0)
            assert.equal(own.length, 1, 'what a site keeps as its own is what it has sent')
        }
      }
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)

test(
  'FedALT on products: sites go on with their own models, renew what they have of the others, and open no tasks',
  { timeout: 180_000 },
  async () => {
    const sites = await threeSites({
      ...CHARTER,
      contributionsPerTask: 3,
      personal: { method: 'fedalt', rest: 'products' },
    })
    const nodes: PeermergeNode[] = []
    try {
      await runToOneMerge(sites, nodes, 9)
      const control = await connectControl(sites.paths[0]!)
      const task = { name: 'more', classes: ['bent', 'straight'], held: [], force: false }
      await assert.rejects(control.execute({ command: 'task-open', ...task }), { code: 'ERR_TASK_PERSONAL' })
      for (const node of nodes) await node.stop()
      for (const paths of sites.paths) {
        const { mixture, rest } = (await loadPersonal(paths.personal)) as FedAltState
        assert.deepEqual([mixture.restRank, rest.length], [2 * RANK, 2])
      }
      const alone = join(sites.paths[0]!.root, 'alone.safetensors')
      const home = sites.paths[0]!.root
      peermerge('train', '--home', home, '--out', alone, '--epochs', '3')
      const { code, stdout } = peermerge('explain', '--home', home, '--alone', alone, '--json')
      assert.equal(code, 0, stdout)
      const { models, trust, classes } = JSON.parse(stdout) as FedAltExplanation
      assert.deepEqual(models.map(({ model }) => model), ['frozen', 'alone', 'merged', 'personal']) // prettier-ignore
      for (const { count, correct, perClass } of models) {
        assert.ok(count > 0 && correct <= count)
        assert.equal(perClass.reduce((sum, one) => sum + one.correct, 0), correct) // prettier-ignore
      }
      const { modules } = await readCharter(sites.paths[0]!)
      assert.deepEqual(trust.map(({ module }) => module), modules.map(({ name }) => name)) // prettier-ignore
      for (const { perClass } of trust) {
        assert.equal(perClass.length, classes.length)
        for (const share of perClass) assert.ok(share === null || (share > 0 && share < 1))
      }
      await writeFile(sites.paths[0]!.personal, (await readFile(sites.paths[0]!.personal)).subarray(0, 100))
      await assert.rejects(loadPersonal(sites.paths[0]!.personal), {
        code: 'ERR_INVALID_FILE',
        message: /move it away to begin anew/,
      })
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)

test(
  'FedALT: of a site that leaves nothing stays in what the others go on from, and nothing of theirs is lost',
  { timeout: 180_000 },
  async () => {
    const sites = await trainedOnce('products')
    const nodes: PeermergeNode[] = []
    const events: NodeEvent[][] = []
    try {
      await oneByOne(sites, nodes, events)
      await haveMet(sites, 2)
      const [foundry, mill] = nodes as [PeermergeNode, PeermergeNode]
      const control = await connectControl(sites.paths[2]!)
      await control.execute({ command: 'withdraw' })
      await control.execute({ command: 'leave' })
      await haveMet(sites, 1, [0, 1])
      const left = await until([foundry, mill], (all) => all.every(({ done, merge }) => done && merge?.contributors.length === 2), DEADLINE_MS) // prettier-ignore
      assert.equal(new Set(left.map(({ merge }) => merge!.digest)).size, 1)
      for (const node of nodes) await node.stop()
      for (const [i, other] of [mill, foundry].entries()) {
        const { rest, trainings } = (await loadPersonal(sites.paths[i]!.personal)) as FedAltState
        const met = (await metBy(sites.paths[i]!))!
        const sent = await contributionsOf(sites.paths[i]!)
        const authors = [...rest, ...met].map((id) => sent.get(id)!.header.peer)
        assert.ok(authors.every((peer) => peer === other.peer)) // none where every renewal served this site worse
        assert.deepEqual([met.length, trainings], [1, 1])
        const last = events[i]!.filter((event) => event.type === 'personal').at(-1)!
        assert.deepEqual(last.others, [i === 0 ? 'mill' : 'foundry'])
        assert.ok(last.renewal!.outcome !== 'declined' || last.renewal!.gone.length === 0)
        assert.deepEqual(left[i]!.own.adapters, 1)
      }
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)
