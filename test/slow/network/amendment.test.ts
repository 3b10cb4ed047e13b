import '../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCharter } from '../../../src/node/charter.ts'
import { homePaths, readCharter } from '../../../src/node/home.ts'
import type { NodeStatus } from '../../../src/node/types.ts'
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

test(
  'after an amendment nodes say that they have to be started again, and then go by it with what is carried over',
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
    for (const name of SITES)
      await consortium.said(name, (line) => line.type === 'problem' && line.code === 'charter-amended')
    const running = await consortium.status('anvil')
    assert.equal(running.merge?.digest, before.merge?.digest, 'it goes on as before')
    assert.notEqual(running.ledger?.charter, running.consortium)

    for (const name of SITES) await consortium.stop(name)
    for (const name of SITES) await consortium.run(name)
    const carried = await agreed(consortium, ({ merge }) => merge?.digest !== before.merge?.digest)
    const cut = new Set(carried.merge?.cut)
    assert.ok(
      before.merge?.cut.every((id) => cut.has(id)),
      'what was there still counts',
    )
    assert.deepEqual(
      carried.problems.filter(({ code }) => code === 'charter-amended'),
      [],
    )

    const last = { ...next, schedule: { ...next.schedule, contributionsPerTask: 2 } }
    for (const name of SITES) {
      await consortium.do(name, { command: 'amend', charter: formatCharter(last), carries: 'contributions' })
    }
    for (const name of SITES) await consortium.stop(name)
    for (const name of SITES) await consortium.run(name)
    await agreed(consortium, ({ own, agreement }) => own.adapters === 2 && agreement.holding.length === 2)
  },
)
