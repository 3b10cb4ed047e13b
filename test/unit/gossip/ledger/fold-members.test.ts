import assert from 'node:assert/strict'
import { test } from 'node:test'
import { add, part, remove, replace, Story } from '../../../helpers/gossip/statements.ts'

const listening = (told: Story): string =>
  [...told.state().members.values()]
    .filter(({ contributes }) => !contributes)
    .map(({ id }) => id)
    .join(' ')

test('a member says that it only listens, and that it contributes again; nobody says so of another', () => {
  const told = new Story('a', 'b')
  assert.equal(listening(told), '')
  const quiet = told.say('a', part(false))
  assert.equal(listening(told), 'a')
  const again = told.say('a', part(false), [quiet])
  assert.equal(told.why(again), 'known')
  told.say('a', part(true), [quiet])
  assert.equal(listening(told), '')
})

test('strangers and former members have no part; whoever comes back contributes until it says otherwise', () => {
  const told = new Story('a', 'b', 'c')
  assert.equal(told.why(told.say('d', part(false))), 'not-a-member')
  const quiet = told.say('c', part(false))
  const out = [told.say('a', remove('c'), [quiet]), told.say('b', remove('c'), [quiet])]
  assert.equal(told.why(told.say('c', part(true), out)), 'not-a-member')
  told.say('a', add('c'), out)
  assert.deepEqual([told.members(), listening(told)], ['a b c', ''])
})

test('the key in the place of a member that listens listens, too', () => {
  const told = new Story('a', 'b', 'c')
  const quiet = told.say('c', part(false))
  told.say('c', replace('c', 'd'), [quiet])
  assert.deepEqual([told.members(), listening(told)], ['a b d', 'd'])
})
