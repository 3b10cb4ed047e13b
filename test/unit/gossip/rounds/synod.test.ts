import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as synod from '../../../../src/gossip/rounds/synod.ts'
import { explore, type Rules, type World } from './model.ts'

const ballot = (number: number, proposer = 'a'): synod.Ballot => ({ number, proposer })

/** Two lists in ballot 0 (somebody signed two contributions, passed and gave something after all, or has another agenda) and two later ballots that would both choose something else. */
const THREE: World = {
  acceptors: 3,
  open: ['all', 'other'],
  ballots: [
    { ballot: ballot(1), wish: 'p' },
    { ballot: ballot(2, 'b'), wish: 'q' },
  ],
}

describe('every state that a small world can reach', () => {
  const worlds: [string, World][] = [
    ['one acceptor', { ...THREE, acceptors: 1 }],
    ['two acceptors, one of whom may forget', { ...THREE, acceptors: 2, amnesia: 1 }],
    ['three acceptors', THREE],
    ['three acceptors, one of whom may forget', { ...THREE, open: ['all'], amnesia: 1 }],
    ['four acceptors', { ...THREE, acceptors: 4, open: ['all'], ballots: THREE.ballots.slice(0, 1) }],
  ]
  for (const [name, world] of worlds) {
    test(`${name}: never two cuts for one round`, (t) => {
      const { states, conflict, decided } = explore(world)
      t.diagnostic(`${states} states, decided somewhere: ${[...decided].sort().join(', ')}`)
      assert.equal(conflict, null)
      for (const cut of [...world.open, 'p']) assert.ok(decided.has(cut), `${cut} can be decided`)
    })
  }

  const faults: [string, Partial<Rules>][] = [
    ['a majority decides in ballot 0, too', { votesNeeded: (_, acceptors) => synod.majority(acceptors) }],
    ['half is a majority', { majority: (acceptors) => Math.ceil(acceptors / 2) }],
    ['a proposer is bound by nothing', { boundCut: () => null }],
    ['a proposer follows the first vote that it hears of', { boundCut: (of) => of.find(Boolean)?.cut ?? null }],
    ['votes of ballot 0 bind nobody', { boundCut: (of) => synod.boundCut(of.map((a) => (a?.ballot.number === 0 ? null : a))) }],
    ['an acceptor votes below its promise', { accept: (memory, vote) => synod.accept({ ...memory, promised: null }, vote) }],
    ['a promise forgets what was accepted', { promise: (memory, to) => synod.promise({ ...memory, accepted: null }, to) }],
  ] // prettier-ignore
  for (const [fault, rules] of faults) {
    test(`finds the fault: ${fault}`, () => {
      const world = fault.startsWith('half') ? { ...THREE, acceptors: 2 } : THREE
      const wrong = { ...synod, ...rules }
      if (fault.startsWith('half')) wrong.votesNeeded = (of, n) => (of.number === 0 ? n : Math.ceil(n / 2))
      assert.notEqual(explore(world, wrong).conflict, null)
    })
  }
})

test('ballots are in order by number, then by proposer', () => {
  const order = [synod.OPEN_BALLOT, ballot(1, 'a'), ballot(1, 'b'), ballot(2, 'a')]
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries())
      assert.equal(Math.sign(synod.compareBallots(a, b)), Math.sign(i - j))
  }
})

test('an acceptor promises once for a ballot, and never for the open one', () => {
  const once = synod.promise(synod.FRESH_MEMORY, ballot(1))!
  assert.deepEqual(once, { promised: ballot(1), accepted: null })
  assert.equal(synod.promise(once, ballot(1)), null)
  assert.equal(synod.promise(synod.FRESH_MEMORY, synod.OPEN_BALLOT), null)
})
