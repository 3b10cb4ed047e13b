import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agreementWith, type AgreementState, type OwnHolding } from '../../../../src/node/status/agreement.ts'

const naming = { tagOf: (peer: string) => `#${peer}`, maxNumbers: 4 }
const mine: OwnHolding = {
  merge: 'm1',
  cut: 'c1',
  charter: 'ch',
  kernel: 1,
  ledger: 'l1',
  numbers: new Map([
    ['foundry', [1, 2]],
    ['mill', [1, 7]],
    ['press', []],
  ]),
}
const same = {
  merge: 'm1',
  cut: 'c1',
  charter: 'ch',
  kernel: 1,
  ledger: 'l1',
  newest: new Map([
    ['#foundry', 2],
    ['#mill', 7],
  ]),
}
type Told = typeof same

const cases: [string, AgreementState, Partial<Told>][] = [
  ['same cut, same digest', 'agrees', {}],
  ['another ledger under the same merge still agrees', 'agrees', { ledger: 'l2' }],
  ['same cut, another digest', 'contradicts', { merge: 'm2' }],
  ['another charter', 'other-charter', { charter: 'ch2' }],
  ['another kernel', 'other-kernel', { kernel: 2 }],
  ['same numbers, another cut', 'merging', { merge: 'm2', cut: 'c2' }],
  ['same numbers, another cut and ledger', 'other-ledger', { merge: 'm2', cut: 'c2', ledger: 'l2' }],
]
for (const [name, state, change] of cases) {
  test(name, () => assert.equal(agreementWith(mine, { ...same, ...change }, naming).state, state))
}

test('without a receipt nothing is known', () => {
  assert.equal(agreementWith(mine, undefined, naming).state, 'unknown')
})

test('who lacks what, by author and number', () => {
  const newest = new Map([['#mill', 1]])
  const { state, lacks, hereLacks } = agreementWith(mine, { ...same, cut: 'c0', merge: 'm0', newest }, naming)
  assert.equal(state, 'behind')
  assert.deepEqual(lacks, [
    { peer: 'foundry', numbers: [1, 2] },
    { peer: 'mill', numbers: [7] },
  ])
  assert.deepEqual(hereLacks, [])
})

test('what this node lacks, also of a member of whom it has nothing', () => {
  const newest = new Map([...same.newest, ['#press', 3], ['#mill', 9]])
  const { state, lacks, hereLacks } = agreementWith(mine, { ...same, cut: 'c2', merge: 'm2', newest }, naming)
  assert.equal(state, 'ahead')
  assert.deepEqual(lacks, [])
  assert.deepEqual(hereLacks, [
    { peer: 'mill', upTo: 9, here: 7 },
    { peer: 'press', upTo: 3, here: 0 },
  ])
})

test('after a partition each lacks something', () => {
  const newest = new Map([['#foundry', 2], ['#press', 3]]) // prettier-ignore
  const { state } = agreementWith(mine, { ...same, cut: 'c2', merge: 'm2', newest }, naming)
  assert.equal(state, 'diverged')
})

test('authors that a full receipt does not name are not said to be lacking', () => {
  const newest = new Map([['#foundry', 2], ['#a', 1], ['#b', 1], ['#c', 1]]) // prettier-ignore
  const { state, lacks } = agreementWith(mine, { ...same, cut: 'c2', merge: 'm2', newest }, naming)
  assert.deepEqual([state, lacks], ['merging', []])
})

test('before anything is merged', () => {
  const none = { merge: null, cut: null, numbers: new Map([['foundry', []]]) }
  const told = { ...same, merge: null, cut: null, newest: new Map<string, number>() }
  assert.equal(agreementWith({ ...mine, ...none }, told as unknown as Told, naming).state, 'no-merge')
})
