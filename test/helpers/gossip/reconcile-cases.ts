import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { admitInto, converge, manyContributions, storeWith } from './many-contributions.ts'
import { allConnected, Swarm, type TestNode } from './swarm.ts'

function assertSame(nodes: readonly TestNode[]): void {
  const [first] = nodes
  for (const { store } of nodes) assert.deepEqual(store.admitted(), first!.store.admitted())
}

/** Three that have everything, and one that comes when all has been said. */
export async function lateJoiner(t: TestContext, count: number, deadlineMs: number): Promise<void> {
  await using swarm = new Swarm()
  const authors = await Promise.all([swarm.identity(), swarm.identity(), swarm.identity()])
  const made = await Promise.all(
    authors.map((author) => manyContributions(author, 1, 1 + Math.ceil(count / 3))),
  )
  const all = made.flat().slice(0, count)
  const [first] = authors
  const old = await swarm.node({ identity: first, store: await storeWith(all) })
  for (const identity of authors.slice(1)) {
    await swarm.node({ identity, store: await storeWith(all), bootstrap: old.network.addresses() })
  }
  await allConnected(swarm.nodes)
  await swarm.node({ bootstrap: old.network.addresses() })
  t.diagnostic(await converge(swarm.nodes, count, deadlineMs))
  assertSame(swarm.nodes)
  assert.deepEqual(swarm.errors, [])
}

/** Two halves that have each gone on alone from `common`; `apart` is what each has made since. */
export async function partition(
  t: TestContext,
  common: number,
  apart: number,
  deadlineMs: number,
): Promise<void> {
  await using swarm = new Swarm()
  const [left, right] = [await swarm.identity(), await swarm.identity()]
  const shared = await manyContributions(left, 1, 1 + common)
  const made = [
    await manyContributions(left, 1 + common, 1 + common + apart),
    await manyContributions(right, 1, 1 + apart),
  ]
  for (const [i, identity] of [left, right, await swarm.identity(), await swarm.identity()].entries()) {
    const store = await storeWith([...shared, ...made[i % 2]!])
    await swarm.node({
      identity,
      store,
      bootstrap: swarm.nodes.flatMap(({ network }) => network.addresses()),
    })
  }
  t.diagnostic(await converge(swarm.nodes, common + 2 * apart, deadlineMs))
  assertSame(swarm.nodes)
  assert.deepEqual(swarm.errors, [])
}

/** A node whose disk is as it was after half of the contributions, its own later ones lost with it. */
export async function oldBackup(t: TestContext, count: number, deadlineMs: number): Promise<void> {
  await using swarm = new Swarm()
  const [other, restored] = [await swarm.identity(), await swarm.identity()]
  const theirs = await manyContributions(other, 1, 1 + count / 2)
  const own = await manyContributions(restored, 1, 1 + count / 2)
  const backup = await storeWith([...theirs.slice(0, count / 4), ...own.slice(0, count / 4)])
  const store = await storeWith([...theirs, ...own])
  const keeper = await swarm.node({ identity: other, store })
  const late = await manyContributions(restored, 10_001, 10_004) // made after the restore, seen by nobody
  await admitInto(backup, late)
  await swarm.node({ identity: restored, store: backup, bootstrap: keeper.network.addresses() })
  t.diagnostic(await converge(swarm.nodes, count + late.length, deadlineMs))
  assertSame(swarm.nodes)
  for (const { id } of own) assert.ok(swarm.nodes[1]!.store.admitted().includes(id))
  assert.deepEqual(swarm.errors, [])
}
