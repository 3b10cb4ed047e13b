import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planFaults } from '../../../scripts/swarm-tool/chaos/fault-plan.ts'

const options = fc.record({
  seed: fc.string(),
  faults: fc.integer({ min: 0, max: 60 }),
  sites: fc.integer({ min: 2, max: 20 }),
  mostAdded: fc.integer({ min: 0, max: 3 }),
})

test('a seed has one plan, of as many faults as were asked for', () => {
  fc.assert(
    fc.property(options, (given) => {
      assert.deepEqual(planFaults(given), planFaults(given))
      assert.equal(planFaults(given).length, given.faults)
    }),
    { seed: 1 },
  )
  const plan = (seed: string): unknown => planFaults({ seed, faults: 12, sites: 6, mostAdded: 3 })
  assert.notDeepEqual(plan('1'), plan('2'))
})

test('victims are sites that are there by then, each once, and fewer than half at a time', () => {
  fc.assert(
    fc.property(options, (given) => {
      let there = given.sites
      for (const { kind, victims } of planFaults(given)) {
        if (kind === 'add') there++
        else {
          assert.ok(
            victims.length >= 1 && victims.length <= Math.max(1, (there - 1) / 2),
            `${kind} ${victims.join()}`,
          )
          assert.equal(new Set(victims).size, victims.length)
          assert.ok(victims.every((site) => site >= 0 && site < there))
        }
      }
      assert.ok(there - given.sites <= given.mostAdded)
    }),
    { seed: 2 },
  )
})

test('all kinds come before one comes again', () => {
  const kinds = planFaults({ seed: 'x', faults: 12, sites: 6, mostAdded: 3 }).map(({ kind }) => kind)
  for (const half of [kinds.slice(0, 6), kinds.slice(6)])
    assert.deepEqual([...half].sort(), ['add', 'kill', 'partition', 'pause', 'restart', 'slow'])
})
