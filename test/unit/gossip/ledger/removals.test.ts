import assert from 'node:assert/strict'
import { test } from 'node:test'
import { add, amend, remove, replace, Story, withdraw } from '../../../helpers/gossip/statements.ts'

test('of two members neither removes the other; both may leave', () => {
  const told = new Story('a', 'b')
  told.say('a', remove('b'))
  told.say('b', remove('a'))
  assert.equal(told.members(), 'a b')
  assert.deepEqual(
    told.state().proposals.map(({ votes, needed }) => [votes, needed]),
    [
      [['b'], 2],
      [['a'], 2],
    ],
  )
  told.say('b', remove('b', 'keep', 7))
  assert.equal(told.members(), 'a')
  assert.equal(told.state().former.get('b')?.upTo, 7)
})

test('more than half of three remove the third; the greatest number counts, and exclude if one says so', () => {
  const told = new Story('a', 'b', 'c')
  const first = told.say('a', remove('c', 'keep', 9))
  assert.equal(told.members(), 'a b c')
  told.say('b', remove('c', 'exclude', 4), [first])
  const former = told.state().former.get('c')
  assert.deepEqual(
    [told.members(), former?.past, former?.upTo, former?.removedBy],
    ['a b', 'exclude', 9, ['a', 'b']],
  )
})

test('half of four is not enough', () => {
  const told = new Story('a', 'b', 'c', 'd')
  told.say('a', remove('d'))
  told.say('b', remove('d'))
  assert.equal(told.members(), 'a b c d')
  told.say('c', remove('d'))
  assert.equal(told.members(), 'a b c')
})

test('one vote a member, however often it is cast', () => {
  const told = new Story('a', 'b', 'c')
  const first = told.say('a', remove('c'))
  const again = told.say('a', remove('c', 'exclude'), [first])
  assert.equal(told.members(), 'a b c')
  assert.equal(told.why(again), 'already-voted')
})

test('two that are removed at once by the vote of a third in between: one goes, the other stays', () => {
  const told = new Story('p', 'r', 's')
  const againstR = told.say('p', remove('r'))
  const againstP = told.say('r', remove('p'))
  const both = told.say('s', remove('r'))
  told.say('s', remove('p'), [both])
  const { members, void: reasons } = told.state()
  assert.equal(members.size, 2)
  assert.ok(members.has('s'))
  assert.equal(reasons.get((members.has('p') ? againstP : againstR).id), 'overruled')
})

test('what a removed member said unseen by the voters is overruled, whenever it says it was said', () => {
  const told = new Story('a', 'b', 'c')
  const seen = told.say('c', add('d'))
  const vote = told.say('a', remove('c'), [seen])
  const unseen = told.say('c', add('e'), [seen])
  const datedBack = told.say('c', add('f'))
  const byInvited = told.say('e', withdraw(1), [unseen])
  told.say('b', remove('c'), [seen])
  told.say('d', remove('c'), [vote])
  assert.equal(told.members(), 'a b d')
  assert.deepEqual(
    [unseen, datedBack, byInvited, seen].map((one) => told.why(one)),
    ['overruled', 'overruled', 'not-a-member', undefined],
  )
})

test('after its removal a member says nothing any more, also when it knows of it', () => {
  const told = new Story('a', 'b', 'c')
  const gone = [told.say('a', remove('c')), told.say('b', remove('c'))]
  const later = told.say('c', add('d'), gone)
  assert.equal(told.why(later), 'not-a-member')
  assert.equal(told.members(), 'a b')
})

test('an addition that did not know of the removal does not bring a member back; one that did, does', () => {
  const told = new Story('a', 'b', 'c', 'd', 'e')
  const gone = ['a', 'b', 'd'].map((voter) => told.say(voter, remove('c', 'exclude', 5)))
  const unaware = told.say('e', add('c'), gone.slice(1))
  assert.equal(told.why(unaware), 'overruled')
  const back = told.say('e', add('c'), gone)
  assert.equal(told.members(), 'a b c d e')
  const early = told.say('c', add('x'), gone)
  const late = told.say('c', add('y'), [back])
  assert.deepEqual([told.why(early), told.why(late)], ['not-a-member', undefined])
  told.say('e', remove('c')) // had the first membership in mind
  told.say('a', remove('c'), [back])
  told.say('b', remove('c'), [back])
  assert.equal(told.state().members.has('c'), true)
})

test('members that are added meanwhile do not make a removal harder', () => {
  const told = new Story('a', 'b', 'c')
  told.say('a', remove('c'))
  told.say('b', remove('c'))
  const early = told.sayWithId('before', told.all[0]!, 'b', add('d'))
  for (const one of ['e', 'f', 'g']) told.say('b', add(one), [early])
  assert.equal(told.state().members.has('c'), false)
})

test('a removal that has taken effect stays when one of its voters is removed without that vote having been seen', () => {
  const told = new Story('a', 'b', 'c', 'd', 'e')
  for (const voter of ['a', 'b', 'c']) told.say(voter, remove('e'))
  const first = told.all[2]!
  for (const voter of ['a', 'b', 'd']) told.sayWithId('after', first, voter, remove('c'))
  assert.equal(told.members(), 'a b d')
})

test('a leave that is dated back undoes nothing that the leaver did', () => {
  const told = new Story('a', 'b', 'c', 'd')
  const invited = told.say('c', add('x'))
  const votes = ['a', 'b', 'c'].map((voter) => told.say(voter, remove('d'), [invited]))
  assert.equal(told.members(), 'a b c x')
  told.sayWithId('before', votes[0]!, 'c', remove('c', 'keep', 3))
  assert.equal(told.members(), 'a b x')
  assert.equal(told.why(invited), undefined)
})

test('a member that left by itself and goes on signing in the past can be removed for good', () => {
  const told = new Story('a', 'b', 'c')
  const left = told.say('c', remove('c', 'keep', 3))
  told.say('c', add('x')) // unaware of its own leave
  assert.equal(told.members(), 'a b x')
  told.say('a', remove('c', 'exclude', 9), [left])
  told.say('b', remove('c', 'exclude', 9), [left])
  assert.equal(told.members(), 'a b')
  assert.equal(told.state().former.get('c')?.past, 'exclude')
})

test('whoever left by itself may still withdraw; whoever was removed may not', () => {
  const told = new Story('a', 'b', 'c', 'd')
  const left = told.say('d', remove('d', 'keep', 9))
  told.say('d', withdraw(4), [left])
  const gone = ['a', 'b'].map((voter) => told.say(voter, remove('c', 'keep', 9), [left]))
  told.say('c', withdraw(4), gone)
  assert.deepEqual([...told.state().withdrawn], [['d', 4]])
})

test('a withdrawal only grows', () => {
  const told = new Story('a')
  const high = told.say('a', withdraw(7))
  told.say('a', withdraw(3), [high])
  assert.equal(told.state().withdrawn.get('a'), 7)
})

test('a lost key is replaced by vote, and by itself at once', () => {
  const told = new Story('a', 'b', 'c')
  told.say('a', replace('c', 'c2', 5))
  assert.equal(told.members(), 'a b c')
  told.say('b', replace('c', 'c2', 8))
  assert.equal(told.members(), 'a b c2')
  const { former, members } = told.state()
  assert.deepEqual(
    [former.get('c')?.replacedBy, former.get('c')?.upTo, members.get('c2')?.name],
    ['c2', 8, 'site c'],
  )
  told.say('b', replace('b', 'b2', 1))
  assert.equal(told.members(), 'a b2 c2')
  const new2 = told.say('b2', withdraw(1), told.all.slice())
  assert.equal(told.why(new2), undefined)
})

test('of two keys that are to take one place at once the one decided first does', () => {
  const told = new Story('a', 'b', 'c')
  for (const voter of ['a', 'b']) for (const next of ['x', 'y']) told.say(voter, replace('c', next))
  assert.equal([...told.state().members.keys()].filter((id) => 'xy'.includes(id)).length, 1)
})

test('removal wins over a change of key at the same time', () => {
  const told = new Story('a', 'b', 'c')
  const change = told.say('c', replace('c', 'x'))
  told.say('a', remove('c'))
  told.say('b', remove('c'))
  assert.equal(told.members(), 'a b')
  assert.equal(told.why(change), 'overruled')
})

test('adding a member twice is harmless, and either addition lets it speak', () => {
  const told = new Story('a', 'b')
  const one = told.say('a', add('c'))
  const other = told.say('b', add('c'))
  told.say('c', withdraw(1), [one])
  told.say('c', withdraw(2), [other])
  assert.equal(told.state().withdrawn.get('c'), 2)
  assert.equal(told.state().void.size, 1)
})

test('of two amendments at once the one with more than half is in force, and nobody votes for both', () => {
  const told = new Story('a', 'b', 'c')
  told.say('a', amend('story', 'x'))
  told.say('b', amend('story', 'y'))
  assert.equal(told.state().charter, 'story')
  const first = told.say('c', amend('story', 'y'))
  const second = told.say('c', amend('story', 'x'), [first])
  const state = told.state()
  assert.equal(Buffer.from(state.charterBytes.get(state.charter)!).toString(), 'y')
  assert.deepEqual([state.charters.length, state.void.get(second.id)], [2, 'superseded'])
  assert.equal(state.proposals.length, 0)
})

test('an amendment may end what came before; the next one follows it', () => {
  const told = new Story('a')
  const x = told.say('a', amend('story', 'x', 'nothing'))
  const { charter } = told.state()
  assert.deepEqual(told.state().charters, [charter])
  told.say('a', amend(charter, 'y'), [x])
  assert.deepEqual(told.state().charters.length, 2)
})

test('a vote that was short of one is decided when the consortium shrinks', () => {
  const told = new Story('a', 'b', 'c', 'd')
  const votes = [told.say('a', remove('d')), told.say('b', remove('d'))]
  assert.equal(told.members(), 'a b c d')
  told.say('c', remove('c'), votes)
  assert.equal(told.members(), 'a b')
})

test('a stranger says nothing', () => {
  const told = new Story('a')
  const heard = told.say('z', add('z'))
  assert.equal(told.why(heard), 'not-a-member')
})
