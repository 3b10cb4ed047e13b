import '../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { charterDigest, formatCharter } from '../../../src/node/charter.ts'
import { homePaths, readCharter } from '../../../src/node/home.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import { DEADLINE_MS, TestConsortium } from '../../helpers/node/consortium.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const SITES = ['anvil', 'birch']

/** Waits until both are done, with one and the same merge of both of which this holds. */
function agreed(consortium: TestConsortium, holds: (status: NodeStatus) => boolean): Promise<NodeStatus> {
  return waitFor('both hold one merge of both', DEADLINE_MS, async () => {
    const [a, b] = await Promise.all(SITES.map((name) => consortium.status(name)))
    const isOne = a!.merge?.contributors.length === 2 && a!.merge.digest === b!.merge?.digest
    return isOne && a!.done && b!.done && holds(a!) && holds(b!) ? a : undefined
  })
}

const runsUnder =
  (charter: string) =>
  (status: NodeStatus): boolean =>
    status.charter === charter && status.ledger?.charter === charter

test(
  'after an amendment node processes change over while they run, with what is carried over, and a restart changes nothing',
  { timeout: 5 * DEADLINE_MS },
  async () => {
    await using consortium = await TestConsortium.open()
    await consortium.create('anvil', { join: 'ticket' })
    await consortium.run('anvil')
    await consortium.join('birch', await consortium.ticket('anvil'))
    await consortium.run('birch')
    const before = await agreed(consortium, () => true)
    const founding = await readCharter(homePaths(consortium.home('anvil')))
    const next = { ...founding, ridge: 10 * founding.ridge }
    for (const name of SITES) {
      await consortium.do(name, { command: 'amend', charter: formatCharter(next), carries: 'contributions' })
    }
    const carried = await agreed(consortium, runsUnder(charterDigest(next)))
    assert.notEqual(carried.merge?.digest, before.merge?.digest)
    const cut = new Set(carried.merge?.cut)
    assert.ok(
      before.merge?.cut.every((id) => cut.has(id)),
      'what was there still counts',
    )
    assert.deepEqual(carried.problems, [])

    for (const name of SITES) await consortium.stop(name)
    const last = { ...next, schedule: { ...next.schedule, contributionsPerTask: 2 } }
    for (const name of SITES) {
      await consortium.do(name, { command: 'amend', charter: formatCharter(last), carries: 'contributions' })
    }
    for (const name of SITES) await consortium.run(name)
    await agreed(
      consortium,
      (status) =>
        runsUnder(charterDigest(last))(status) &&
        status.own.adapters === 2 &&
        status.agreement.holding.length === 2,
    )
  },
)
