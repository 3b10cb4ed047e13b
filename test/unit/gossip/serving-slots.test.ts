import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServingSlots } from '../../../src/gossip/blocks/serving-slots.ts'
import { HandClock } from '../../helpers/gossip/hand-clock.ts'

const INIT = { slots: 4, perMember: 2, maxWaiting: 8, waitMs: 100 }

/** Whether each request has a slot by now; `undefined` while it waits. */
async function states(
  requests: readonly Promise<(() => void) | undefined>[],
): Promise<(boolean | undefined)[]> {
  const none = Symbol('waits')
  return Promise.all(
    requests.map(async (request) => {
      const now = await Promise.race([request, Promise.resolve(none)])
      return now === none ? undefined : now !== undefined
    }),
  )
}

test('one member never has more than its share, however much it asks for', async () => {
  const slots = new ServingSlots(INIT, new HandClock())
  const greedy = [0, 1, 2, 3, 4].map(() => slots.acquire('greedy'))
  assert.deepEqual(
    await states(greedy),
    [true, true, undefined, undefined, false],
    'two served, two wait at most',
  )
  assert.deepEqual(await states([slots.acquire('modest')]), [true])
})

test('a slot that comes free goes to the waiting member that is served least', async () => {
  const slots = new ServingSlots({ ...INIT, slots: 3 }, new HandClock())
  const [first] = await Promise.all([slots.acquire('a'), slots.acquire('a'), slots.acquire('b')])
  const more = [slots.acquire('b'), slots.acquire('c')]
  first!()
  assert.deepEqual(await states(more), [undefined, true], 'c came later and has none')
  first!()
  assert.deepEqual(await states(more), [undefined, true], 'giving back twice frees nothing')
})

test('who waits too long gets none, and its place in the queue is free again', async () => {
  const clock = new HandClock()
  const slots = new ServingSlots({ ...INIT, slots: 1 }, clock)
  const held = await slots.acquire('a')
  const waiting = slots.acquire('b')
  clock.advance(99)
  assert.deepEqual(await states([waiting]), [undefined])
  clock.advance(1)
  assert.equal(await waiting, undefined)
  held!()
  assert.deepEqual(await states([slots.acquire('c')]), [true], 'the slot did not go to who has left')
})

test('the queue is bounded, and one member cannot fill it', async () => {
  const slots = new ServingSlots({ ...INIT, slots: 1 }, new HandClock())
  await slots.acquire('a')
  const own = [0, 1, 2].map(() => slots.acquire('greedy'))
  assert.deepEqual(await states(own), [undefined, undefined, false])
  const others = Array.from({ length: 7 }, (_, i) => slots.acquire(`member ${i}`))
  assert.deepEqual(await states(others), [...Array.from({ length: 6 }, () => undefined), false])
})
