import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TokenBucket, TokenBuckets } from '../../../src/gossip/wire/token-bucket.ts'

class Hand {
  ms = 0
  now(): number {
    return this.ms
  }
}

test('a full bucket gives its burst at once, then its rate', () => {
  const clock = new Hand()
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, clock)
  assert.deepEqual([bucket.take(), bucket.take(), bucket.take(), bucket.take()], [true, true, true, false])
  clock.ms = 499
  assert.equal(bucket.take(), false)
  clock.ms = 500
  assert.equal(bucket.take(), true)
  assert.equal(bucket.take(), false)
})

test('what is not there is not taken in part', () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 4 }, new Hand())
  assert.equal(bucket.take(5), false)
  assert.equal(bucket.take(4), true)
})

test('spending more than is there tells how long to wait', () => {
  const clock = new Hand()
  const bucket = new TokenBucket({ perSecond: 1000, burst: 500 }, clock)
  assert.equal(bucket.spend(500), 0)
  assert.equal(bucket.spend(1500), 1500)
  clock.ms = 1000
  assert.equal(bucket.spend(0), 500)
  clock.ms = 1500
  assert.equal(bucket.spend(0), 0)
})

test('a clock that goes back earns nothing and takes nothing away', () => {
  const clock = new Hand()
  clock.ms = 1000
  const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, clock)
  assert.equal(bucket.take(), true)
  clock.ms = 0
  assert.equal(bucket.take(), true)
  assert.equal(bucket.take(), false)
})

test('whatever the steps, no more is taken than burst and rate allow', () => {
  const step = fc.record({ wait: fc.integer({ min: 0, max: 5000 }), count: fc.integer({ min: 1, max: 10 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const clock = new Hand()
      const bucket = new TokenBucket({ perSecond: 3, burst: 7 }, clock)
      let taken = 0
      for (const { wait, count } of steps) {
        clock.ms += wait
        if (bucket.take(count)) taken += count
        assert.ok(taken <= 7 + (clock.ms / 1000) * 3 + 1e-6)
      }
    }),
    { seed: 7 },
  )
})

test('keys do not share a bucket, and of too many the one longest unused starts anew', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, new Hand(), 2)
  assert.deepEqual([buckets.take('a'), buckets.take('a'), buckets.take('b')], [true, false, true])
  assert.equal(buckets.take('a'), false)
  buckets.take('c') // forgets b
  assert.equal(buckets.take('a'), false)
  assert.equal(buckets.take('b'), true)
})
