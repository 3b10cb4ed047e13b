import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { MemberStatus, NodeStatus } from '../../../src/node/status/types.ts'
import { BesiegedConsortium } from '../../helpers/besieged-consortium.ts'
import { waitFor } from '../../helpers/wait-for.ts'

/** They listen nowhere, so that the two of them meet through the hub, which relays. */
const RELAYED = ['far', 'away']
const HEALTHY = ['hub', 'oak', ...RELAYED]
const LOST = ['killed', 'frozen', 'parted']
const REST = [...HEALTHY, ...LOST, 'restored']
const REVOKED = 'revoked'
const ALL = [...REST, REVOKED]
/** More than half of all. */
const VOTERS = [...HEALTHY, 'restored']
const CONTRIBUTIONS = 3
const DEADLINE_MS = 600_000
/** Of what takes a healthy node seconds. */
const PROMPT_MS = 60_000
const FROZEN_MS = 60_000
/** How long a site waits for the others: one that was set back may have lost a superseded payload for good, which status names. */
const PATIENCE_MS = 90_000

/** One was set back and one was sent away before it had made all. */
const MAY_LACK = new Set(['restored', REVOKED])

const absent = ({ members }: NodeStatus): string[] =>
  members.flatMap(({ name, self, connected }) => (self || connected ? [] : [name])).sort()

const member = (status: NodeStatus, name: string): MemberStatus =>
  status.members.find((one) => one.name === name)!

/** Of the two that nobody can dial: how each reaches the other. */
async function pathsThroughRelay(consortium: BesiegedConsortium): Promise<unknown[]> {
  const [far, away] = await Promise.all([consortium.status('far'), consortium.status('away')])
  return [member(far, 'away'), member(away, 'far')].map(({ connection }) => connection?.path)
}

async function roleOfRevoked(consortium: BesiegedConsortium, at: string): Promise<string | undefined> {
  const { members } = await consortium.execute(at, { command: 'members' })
  return members.find(({ name }) => name === REVOKED)?.role
}

/** Votes a healthy site out while some of the members are lost; it is told why, and stops. */
async function revoke(consortium: BesiegedConsortium): Promise<void> {
  await waitFor('something of it is known to a voter', DEADLINE_MS, async () =>
    member(await consortium.status('oak'), REVOKED).adapters > 0 ? true : undefined,
  )
  await waitFor('all voters are there', PROMPT_MS, async () => {
    const answers = await Promise.allSettled(VOTERS.map((name) => consortium.status(name)))
    return answers.every(({ status }) => status === 'fulfilled') ? true : undefined
  })
  const reports = []
  for (const name of VOTERS) {
    reports.push(await consortium.execute(name, { command: 'remove', who: REVOKED, past: 'keep' }))
  }
  assert.equal(reports[0]!.effective, false, 'one vote removes nobody')
  const end = await waitFor('it has stopped', PROMPT_MS, () => Promise.resolve(consortium.end(REVOKED)))
  assert.match(end, /revoked was removed by/)
  await waitFor('the voters know it', PROMPT_MS, async () => {
    const roles = await Promise.all(VOTERS.map((name) => roleOfRevoked(consortium, name)))
    return roles.every((role) => role === 'former') ? true : undefined
  })
}

/** Statuses once all that are members are done, hold everything and the same merge. */
async function agreement(consortium: BesiegedConsortium): Promise<NodeStatus[]> {
  let last: unknown
  const seen = async (): Promise<NodeStatus[] | undefined> => {
    const statuses = await Promise.all(REST.map((name) => consortium.status(name)))
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
        members.every(({ name, adapters }) => adapters >= (MAY_LACK.has(name) ? 1 : CONTRIBUTIONS)),
    )
    return isFull && new Set(statuses.map(({ merge }) => merge?.digest)).size === 1 ? statuses : undefined
  }
  return waitFor('all hold the same complete merge', DEADLINE_MS, seen).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(last)}`, { cause: error })
  })
}

test(
  'nine processes agree though one is killed, frozen, cut off, set back or voted out and two meet through a relay alone, on busy processors',
  { timeout: 3 * DEADLINE_MS },
  async () => {
    const workDir = await mkdtemp(join(tmpdir(), 'peermerge-besieged-'))
    const sites = ALL.map((name) => ({ name, relayed: RELAYED.includes(name) }))
    const consortium = await BesiegedConsortium.found(workDir, sites, CONTRIBUTIONS, PATIENCE_MS)
    try {
      for (const name of ALL) consortium.start(name)
      await waitFor('all know each other', DEADLINE_MS, async () => {
        const statuses = await Promise.all(ALL.map((name) => consortium.status(name)))
        return statuses.every((status) => absent(status).length === 0) ? true : undefined
      })
      assert.deepEqual(await pathsThroughRelay(consortium), ['relayed', 'relayed'])
      for (const name of RELAYED) {
        assert.equal(member(await consortium.status(name), 'oak').connection?.path, 'direct', name)
      }
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
        return LOST.every((name) => missing.includes(name)) ? true : undefined
      })
      const { agreement: summary } = await consortium.status('oak')
      for (const name of LOST) {
        assert.ok(summary.others.includes(name) && summary.text.includes(name), `${name}: ${summary.text}`)
      }
      await revoke(consortium)
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
      for (const { name, merge } of statuses) {
        assert.deepEqual(merge!.equivocating, [], 'a backup condemns nobody')
        assert.ok(merge!.contributors.includes(consortium.peer(REVOKED)), `${name} merges what was kept`)
        assert.equal(await roleOfRevoked(consortium, name), 'former', name)
      }
      assert.deepEqual(await pathsThroughRelay(consortium), ['relayed', 'relayed'])
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
