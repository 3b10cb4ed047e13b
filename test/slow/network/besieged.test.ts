import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { NodeStatus } from '../../../src/node/types.ts'
import { BesiegedConsortium } from '../../helpers/besieged-consortium.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const HEALTHY = ['hub', 'oak', 'pine', 'far']
const ALL = [...HEALTHY, 'killed', 'frozen', 'parted', 'restored']
const CONTRIBUTIONS = 3
const DEADLINE_MS = 600_000
const FROZEN_MS = 60_000
/** How long a site waits for the others: one that was set back may have lost a superseded payload for good, which status names. */
const PATIENCE_MS = 90_000

const absent = ({ members }: NodeStatus): string[] =>
  members.flatMap(({ name, self, connected }) => (self || connected ? [] : [name])).sort()

/** Statuses once all are done, hold everything and the same merge. */
async function agreement(consortium: BesiegedConsortium): Promise<NodeStatus[]> {
  let last: unknown
  const seen = async (): Promise<NodeStatus[] | undefined> => {
    const statuses = await Promise.all(ALL.map((name) => consortium.status(name)))
    last = statuses.map(({ merge, agreement: { text }, members, activity }) => ({
      digest: merge?.digest.slice(0, 8),
      text,
      activity: activity.text,
      adapters: members.map(({ name, adapters }) => `${name} ${adapters}`).join(),
    }))
    const isFull = statuses.every(
      ({ done, members, agreement: { others } }) =>
        done &&
        others.length === 0 &&
        members.every(({ name, adapters }) => adapters >= (name === 'restored' ? 1 : CONTRIBUTIONS)),
    )
    return isFull && new Set(statuses.map(({ merge }) => merge?.digest)).size === 1 ? statuses : undefined
  }
  return waitFor('all hold the same complete merge', DEADLINE_MS, seen).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(last)}`, { cause: error })
  })
}

test(
  'eight processes agree though one is killed, one frozen, one cut off, one set back and one dials out only, on busy processors',
  { timeout: 3 * DEADLINE_MS },
  async (t) => {
    const workDir = await mkdtemp(join(tmpdir(), 'peermerge-besieged-'))
    const sites = ALL.map((name) => ({ name, relayed: name === 'far' }))
    const consortium = await BesiegedConsortium.found(workDir, sites, CONTRIBUTIONS, PATIENCE_MS)
    try {
      for (const name of ALL) consortium.start(name)
      await waitFor('all know each other', DEADLINE_MS, async () => {
        const statuses = await Promise.all(ALL.map((name) => consortium.status(name)))
        return statuses.every((status) => absent(status).length === 0) ? true : undefined
      })
      const far = (await consortium.status('oak')).members.find(({ name }) => name === 'far')
      t.diagnostic(`far is reached ${JSON.stringify(far?.connection)}`)
      const mark = new Map(HEALTHY.map((name) => [name, consortium.lines(name, 'peer').length]))
      consortium.burn(2)

      await consortium.said('restored', 'published', 1, DEADLINE_MS)
      await consortium.stop('restored')
      await consortium.backUp('restored')
      consortium.start('restored')

      consortium.signal('killed', 'SIGKILL')
      consortium.signal('frozen', 'SIGSTOP')
      await consortium.part('parted')
      const until = pause(FROZEN_MS)
      await waitFor('every loss is named by those who are well', FROZEN_MS, async () => {
        const missing = absent(await consortium.status('oak'))
        return ['frozen', 'killed', 'parted'].every((name) => missing.includes(name)) ? true : undefined
      })
      const { agreement: summary } = await consortium.status('oak')
      assert.ok(
        ['frozen', 'killed', 'parted'].every((name) => summary.others.includes(name)),
        summary.text,
      )
      consortium.start('killed')
      await until
      consortium.heal('parted')
      consortium.signal('frozen', 'SIGCONT')

      await consortium.said('restored', 'published', 2, DEADLINE_MS)
      consortium.signal('restored', 'SIGKILL')
      await consortium.stop('restored')
      await consortium.restore('restored')
      consortium.start('restored')

      const statuses = await agreement(consortium)
      for (const { merge } of statuses) assert.deepEqual(merge!.equivocating, [], 'a backup condemns nobody')
      for (const name of HEALTHY) {
        const lost = consortium
          .lines(name, 'peer')
          .slice(mark.get(name))
          .filter((line) => !line.connected && HEALTHY.includes(line.name))
        assert.deepEqual(lost, [], `${name} has lost a peer that was well`)
      }
    } finally {
      await consortium[Symbol.asyncDispose]()
      await rm(workDir, { recursive: true, force: true })
    }
  },
)
