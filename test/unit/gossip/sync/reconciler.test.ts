import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scheduler } from '../../../simulation/scheduler.ts'
import { SyncCrowd } from '../../../helpers/gossip/sync-crowd.ts'

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Each connected to every other. */
function mesh(crowd: SyncCrowd): void {
  for (const [i, member] of crowd.members.entries()) {
    for (const other of crowd.members.slice(i + 1)) member.connect(other)
  }
}

/** Each connected to some others at random. */
function randomLinks(crowd: SyncCrowd, degree: number): void {
  const { scheduler, members } = crowd
  for (const member of members) {
    while (member.peers.size < degree) {
      const other = scheduler.pick(members)
      if (other !== member && !member.peers.has(other)) member.connect(other)
    }
  }
}

async function untilEqual(crowd: SyncCrowd, limitMs: number): Promise<number> {
  const start = crowd.scheduler.now
  while (!crowd.areEqual()) {
    assert.ok(crowd.scheduler.now - start < limitMs, `not equal after ${limitMs} ms`)
    await crowd.scheduler.runUntil(crowd.scheduler.now + 250)
  }
  return crowd.scheduler.now - start
}

test('three hundred peers cost each node a few small messages a second at most, and next to none while nothing moves', async (t) => {
  const crowd = new SyncCrowd(new Scheduler('three hundred'), 300)
  crowd.start()
  randomLinks(crowd, 16)
  await crowd.scheduler.runUntil(10_000)
  await crowd.load(90_000)
  const quiet = await crowd.load(60_000)
  t.diagnostic(
    `quiet: ${mean(quiet.frames).toFixed(3)} messages a second and node, at most ${Math.max(...quiet.frames).toFixed(2)}`,
  )
  assert.ok(Math.max(...quiet.frames) < 1)
  assert.ok(mean(quiet.frames) < 0.3)

  crowd.members[7]!.set.add(Buffer.from('news that gossip lost'))
  const spreadMs = await untilEqual(crowd, 90_000)
  t.diagnostic(`one id reached all 300 after ${(spreadMs / 1000).toFixed(1)} s by reconciliation alone`)

  let busiest = 0
  let frames = 0
  for (let second = 0; second < 10; second++) {
    crowd.members[second]!.set.add(Buffer.from(`busy ${second}`))
    const load = await crowd.load(1_000)
    frames += mean(load.frames)
    busiest = Math.max(busiest, mean(load.frames))
  }
  t.diagnostic(`while something moves all the time: ${(frames / 10).toFixed(1)} messages a second and node`)
  assert.ok(busiest < 12, `${busiest} messages a second`)
  await untilEqual(crowd, 60_000)
  assert.deepEqual(crowd.violations, [])
  crowd.stop()
})

test('two halves that have not seen each other are equal within seconds after they meet', async (t) => {
  const crowd = new SyncCrowd(new Scheduler('halves'), 40)
  const [left, right] = [crowd.members.slice(0, 20), crowd.members.slice(20)]
  for (const [name, half] of [
    ['left', left],
    ['right', right],
  ] as const) {
    for (const [i, member] of half.entries()) {
      for (const other of half.slice(i + 1)) member.connect(other)
      for (let k = 0; k < 10; k++) member.set.add(Buffer.from(`${name} ${i} ${k}`))
    }
  }
  crowd.start()
  await crowd.scheduler.runUntil(60_000)
  assert.equal(left[0]!.set.ids.size, 200)
  assert.equal(right[0]!.set.ids.size, 200)
  for (const [i, member] of left.entries()) member.connect(right[i]!)
  const spreadMs = await untilEqual(crowd, 30_000)
  t.diagnostic(`equal ${(spreadMs / 1000).toFixed(1)} s after the halves met`)
  assert.equal(left[0]!.set.ids.size, 400)
  crowd.stop()
})

test('of two that meet one begins; if it stays silent the other does', async () => {
  const crowd = new SyncCrowd(new Scheduler('silent'), 2)
  const [first, second] = crowd.members
  first!.set.add(Buffer.from('mine'))
  first!.connect(second!)
  await crowd.scheduler.runUntil(100)
  assert.equal(second!.set.ids.size, 1, 'at once')
  assert.ok(first!.framesSent > 1)

  const other = new SyncCrowd(new Scheduler('silent too'), 2)
  const [silent, patient] = other.members
  silent!.set.add(Buffer.from('mine'))
  silent!.peers.add(patient!)
  patient!.peers.add(silent!)
  patient!.reconciler.connected(silent!.name)
  patient!.reconciler.start()
  await other.scheduler.runUntil(6_000)
  assert.equal(patient!.set.ids.size, 1)
  crowd.stop()
  other.stop()
})

test('peers that never answer do not keep the honest ones apart', async () => {
  const crowd = new SyncCrowd(new Scheduler('many silent'), 40)
  for (const member of crowd.members.slice(0, 30)) member.isSilent = true
  mesh(crowd)
  for (const { reconciler } of crowd.members.slice(30)) reconciler.start()
  await crowd.scheduler.runUntil(60_000)
  crowd.members[33]!.set.add(Buffer.from('news'))
  await untilEqual(crowd, 120_000)
  crowd.stop()
})

test('a peer that knows more is asked at once, but not again and again', async () => {
  const crowd = new SyncCrowd(new Scheduler('asked'), 2)
  const [first, second] = crowd.members
  first!.peers.add(second!)
  for (let i = 0; i < 50; i++) {
    first!.reconciler.ask(second!.name)
    await crowd.scheduler.runUntil(crowd.scheduler.now + 40)
  }
  assert.ok(first!.framesSent >= 2)
  assert.ok(first!.framesSent <= 6, `${first!.framesSent} messages in two seconds`)
  crowd.stop()
})
