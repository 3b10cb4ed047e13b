import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import { BesiegedConsortium } from '../../helpers/besieged-consortium.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const EARLY = ['anvil', 'birch', 'cedar', 'drum']
const LATE = 'elder'
const ALL = [...EARLY, LATE]
const DEADLINE_MS = 300_000
/** B A B A and the end of the task. */
const STEPS = 4
const ROUNDS = STEPS + 1

interface Known {
  readonly name: string
  readonly status: NodeStatus
}

class Five {
  readonly #consortium: BesiegedConsortium

  constructor(consortium: BesiegedConsortium) {
    this.#consortium = consortium
  }

  /** Waits until this holds of all of them; a failure says where each of them stands. */
  async until(what: string, names: readonly string[], holds: (known: readonly Known[]) => boolean): Promise<readonly Known[]> {
    let last: readonly Known[] = []
    const probe = async (): Promise<readonly Known[] | undefined> => {
      last = await Promise.all(names.map(async (name) => ({ name, status: await this.#consortium.status(name) })))
      return holds(last) ? last : undefined
    }
    return await waitFor(what, DEADLINE_MS, probe).catch((cause: unknown) => {
      const stand = last.map(({ name, status: { activity, merge } }) => [name, activity.text, merge?.generation])
      throw new Error(`${what}: ${JSON.stringify(stand)}`, { cause })
    })
  } // prettier-ignore
}

const roundOf = ({ status }: Known): number => status.merge?.generation ?? 0
const oneDigest = (known: readonly Known[]): boolean => new Set(known.map(({ status }) => status.merge?.digest)).size === 1 // prettier-ignore

test(
  'five processes go through rounds though one is killed in the middle of one and one comes late; a minority waits, says so, and goes on',
  { timeout: 6 * DEADLINE_MS },
  async () => {
    const workDir = await mkdtemp(join(tmpdir(), 'peermerge-five-'))
    const sites = ALL.map((name) => ({ name }))
    const consortium = await BesiegedConsortium.found(workDir, sites, STEPS, 60_000, {
      rule: 'lorm',
      schedule: 'staged',
      adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'AB', seed: 'five' },
      classifier: { rule: 'counts' },
    })
    const five = new Five(consortium)
    try {
      for (const name of EARLY) consortium.start(name)
      await five.until('four of five have merged a round', EARLY, (known) =>
        known.every((one) => roundOf(one) >= 1),
      )
      consortium.signal('drum', 'SIGKILL')
      await consortium.stop('drum')
      const three = EARLY.slice(0, 3)
      const before = consortium.lines('anvil', 'merged').length
      await five.until('three of five go on', three, (known) => known.every((one) => roundOf(one) >= 2))
      assert.ok(consortium.lines('anvil', 'merged').length >= before)

      for (const name of ['birch', 'cedar']) {
        consortium.signal(name, 'SIGKILL')
        await consortium.stop(name)
      }
      const [alone] = await five.until('one of five waits and names the missing', ['anvil'], ([one]) =>
        /no majority/.test(one!.status.activity.text),
      )
      const { activity } = alone!.status
      for (const name of ['birch', 'cedar', 'drum', LATE]) assert.ok(activity.waitingFor.includes(name), name)
      assert.match(activity.text, /nothing is lost/)
      const { round } = alone!.status
      assert.deepEqual([round!.phase, round!.able, round!.needed], ['no-majority', 1, 3])
      assert.match(round!.todo!, /start the nodes of .*birch.*cedar/)
      assert.deepEqual(round!.voters.map(({ name }) => name).sort(), ALL)
      const stood = roundOf(alone!)

      for (const name of ['birch', 'cedar', 'drum', LATE]) consortium.start(name)
      const known = await five.until('all have merged all rounds', ALL, (all) =>
        all.every((one) => roundOf(one) === ROUNDS && one.status.done),
      )
      assert.ok(oneDigest(known))
      assert.ok(stood < ROUNDS, 'the task was not over while one was alone')
      const { cut } = known[0]!.status.merge!
      for (const { name, status } of known) {
        assert.deepEqual(status.merge!.cut, cut, name)
        assert.deepEqual(status.merge!.equivocating, [], name)
        assert.equal(status.store.fetching, 0, name)
      }
      const made = new Set(ALL.flatMap((name) => consortium.lines(name, 'published').map(({ id }) => id)))
      for (const id of cut) assert.ok(made.has(id))
    } finally {
      await consortium[Symbol.asyncDispose]()
      await rm(workDir, { recursive: true, force: true })
    }
  },
)
