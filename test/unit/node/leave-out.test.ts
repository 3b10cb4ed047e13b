import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaveOut } from '../../../src/node/leave-out.ts'

const all = ['abc1', 'abd2', 'xyz3', 'abc1'].map((peer, id) => ({ id, header: { peer } }))
const left = (...names: string[]): number[] => leaveOut(all, names).left.map(({ id }) => id)

test('a peer is named by its id or by a beginning that no other has', () => {
  assert.deepEqual(left('abc1'), [1, 2])
  assert.deepEqual(left('x'), [0, 1, 3])
  assert.deepEqual(left('abd', 'abc'), [2])
  assert.deepEqual(left(), [0, 1, 2, 3])
  assert.deepEqual(leaveOut(all, ['abd', 'abd2', 'x']).peers, ['abd2', 'xyz3'])
})

test('whoever is not there, or not one, is refused with the peers that are', () => {
  for (const [name, message] of [
    ['q', /"q": no contribution is by this peer; contributions here are by abc1, abd2, xyz3$/],
    ['ab', /"ab": several peers begin so: abc1, abd2;/],
    ['', /"": no contribution/],
    ['abc12', /no contribution/],
  ] as const) {
    assert.throws(() => left(name), { code: 'ERR_UNKNOWN_PEER', message })
  }
  assert.throws(() => leaveOut([], ['a']), { message: /by nobody$/ })
})

test('an id that begins another one names itself', () => {
  const two = [{ header: { peer: 'ab' } }, { header: { peer: 'abc' } }]
  assert.deepEqual(leaveOut(two, ['ab']).peers, ['ab'])
})
