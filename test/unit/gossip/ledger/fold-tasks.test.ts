import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@ipld/dag-cbor'
import { MAX_CLASSES, MAX_TASKS } from '../../../../src/gossip/constants.ts'
import { LedgerView } from '../../../../src/gossip/ledger/ledger-view.ts'
import { taskId } from '../../../../src/gossip/ledger/task-id.ts'
import type { LedgerTask, TaskAction } from '../../../../src/gossip/ledger/types.ts'
import { sha256 } from '../../../helpers/gossip/contributions.ts'
import {
  add,
  comparable,
  remove,
  replace,
  Story,
  task,
  withdraw,
} from '../../../helpers/gossip/statements.ts'

test('the id of a task is the digest of domain, consortium, name and classes, and of nothing else', () => {
  const opened = task('birds', 'ab', 'a')
  const fields = { domain: 'peermerge/task/1', consortium: 'story', name: 'birds', classes: ['a', 'b'] }
  assert.equal(taskId('story', opened), sha256(encode(fields)))
  const others = [task('birds', 'ac'), task('Birds', 'ab')].map((other) => taskId('story', other))
  assert.equal(new Set([...others, taskId('story', opened), taskId('tale', opened)]).size, 4)
})

test('one member opens a task; others that open the same one take part in it, at the same time or later', () => {
  const told = new Story('a', 'b', 'c')
  const first = told.say('a', task('t', 'xy', 'x'))
  told.say('b', task('t', 'xy', 'xy'))
  told.say('c', task('t', 'xy'), [first])
  const { id, name, classes, sites } = only(told)
  assert.deepEqual([id, name, classes], [taskId('story', task('t', 'xy')), 't', ['x', 'y']])
  assert.deepEqual(
    [...sites],
    [
      ['a', ['x']],
      ['b', ['x', 'y']],
      ['c', []],
    ],
  )
})

test('of two that open a task at the same time the one of the smaller statement is named', () => {
  const told = new Story('a', 'b')
  const one = told.say('a', task('t', 'xy'))
  told.sayWithId('before', one, 'b', task('t', 'xy'))
  assert.equal(only(told).openedBy, 'b')
})

test('the newest word of a site on what it holds counts; the same word again says nothing', () => {
  const told = new Story('a')
  const first = told.say('a', task('t', 'xy', 'x'))
  const second = told.say('a', task('t', 'xy', 'y'), [first])
  assert.deepEqual(only(told).sites.get('a'), ['y'])
  const again = told.say('a', task('t', 'xy', 'y'), [second])
  assert.equal(told.why(again), 'known')
  told.say('a', task('t', 'xy'), [again])
  assert.deepEqual(only(told).sites.get('a'), [])
})

test('the same name with other classes is another task', () => {
  const told = new Story('a', 'b')
  told.say('a', task('t', 'xy'))
  told.say('b', task('t', 'xz'))
  assert.equal(told.state().tasks.size, 2)
})

test('tasks come in the order of their opening', () => {
  const told = new Story('a')
  const first = told.say('a', task('later in the alphabet', 'x'))
  told.say('a', task('a', 'y'), [first])
  assert.deepEqual(
    [...told.state().tasks.values()].map(({ name }) => name),
    ['later in the alphabet', 'a'],
  )
})

test('strangers open nothing', () => {
  const told = new Story('a')
  const said = told.say('z', task('t', 'x', 'x'))
  assert.equal(told.why(said), 'not-a-member')
  assert.equal(told.state().tasks.size, 0)
})

test('a task that a removed member opened unseen is not open, unless another has opened it too', () => {
  const told = new Story('a', 'b', 'c')
  const opening = told.say('c', task('t', 'x', 'x'))
  const votes = ['a', 'b'].map((voter) => told.say(voter, remove('c')))
  assert.equal(told.why(opening), 'overruled')
  assert.equal(told.state().tasks.size, 0)
  told.say('b', task('t', 'x'), [opening, ...votes])
  const { openedBy, sites } = only(told)
  assert.deepEqual([openedBy, [...sites]], ['b', [['b', []]]])
})

test('a task that the voters knew stays; the member that is removed does not take part any more', () => {
  const told = new Story('a', 'b', 'c')
  const opening = told.say('c', task('t', 'x', 'x'))
  const votes = ['a', 'b'].map((voter) => told.say(voter, remove('c'), [opening]))
  assert.deepEqual([only(told).openedBy, only(told).sites.size], ['c', 0])
  const back = told.say('a', add('c'), votes)
  assert.equal(only(told).sites.size, 0)
  told.say('c', task('t', 'x', 'x'), [back])
  assert.deepEqual(only(told).sites.get('c'), ['x'])
})

test('who leaves while it says that it takes part does not; what it opened stays open', () => {
  const told = new Story('a', 'b')
  const opening = told.say('b', task('t', 'x', 'x'))
  told.say('b', remove('b'))
  assert.equal(told.why(opening), undefined)
  assert.deepEqual([only(told).openedBy, only(told).sites.size], ['b', 0])
})

test('two that leave, each in the past of what the other still says: who is placed first holds nothing of what it opens', () => {
  const told = new Story('a', 'b', 'c')
  const leaves = told.say('b', remove('b'))
  const alsoLeaves = told.sayWithId('after', leaves, 'c', remove('c'))
  told.say('c', withdraw(1), [leaves])
  const opening = told.say('b', task('t', 'x', 'x'), [alsoLeaves])
  assert.equal(told.why(opening), undefined)
  assert.deepEqual([only(told).openedBy, only(told).sites.size], ['b', 0])
})

test('a new key of a site holds what the old one held', () => {
  const told = new Story('a', 'b')
  const opening = told.say('a', task('t', 'xy', 'x'))
  told.say('a', replace('a', 'a2'), [opening])
  assert.deepEqual([...only(told).sites], [['a2', ['x']]])
})

test('classes of all tasks together stay under the ceiling, by name; a class of two tasks is one', () => {
  const told = new Story('a')
  let last = told.say('a', withdraw(1))
  const say = (action: TaskAction): string | undefined => told.why((last = told.say('a', action, [last])))
  for (let i = 0; i < MAX_CLASSES; i += 1000) say(numbered('t', i, i + 1000))
  assert.equal(told.state().void.size, 0)
  assert.equal(say(numbered('more', 9_999, MAX_CLASSES + 1)), 'too-many-classes')
  assert.equal(say(numbered('shared', 500, 1500)), undefined)
  assert.equal(say({ ...numbered('t', 0, 1000), held: ['c10000'] }), undefined)
})

test('there are at most a thousand tasks, and sites still join those', () => {
  const told = new Story('a', 'b')
  let last = told.say('a', withdraw(1))
  for (let i = 0; i < MAX_TASKS; i++) last = told.say('a', task(`t${i}`, 'x'), [last])
  const over = told.say('a', task('one more', 'x'), [last])
  const joins = told.say('b', task('t7', 'x', 'x'), [over])
  const state = told.state()
  assert.deepEqual([state.tasks.size, state.void.get(over.id), state.void.get(joins.id)], [MAX_TASKS, 'too-many-tasks', undefined]) // prettier-ignore
})

test('a state that was asked for stays what it was', () => {
  const told = new Story('a', 'b')
  const view = new LedgerView(told.genesis)
  const first = told.say('a', task('t', 'x', 'x'))
  view.add(first)
  const before = view.state()
  const seen = comparable(before)
  view.add(told.say('b', task('t', 'x', 'x'), [first]))
  assert.deepEqual(comparable(view.state()), comparable(told.state()))
  assert.deepEqual(comparable(before), seen)
})

function only(told: Story): LedgerTask {
  const [one, ...more] = told.state().tasks.values()
  assert.equal(more.length, 0)
  return one!
}

function numbered(name: string, from: number, to: number): TaskAction {
  const classes = Array.from({ length: to - from }, (_, i) => `c${10_000 + from + i}`).sort()
  return { type: 'task', name: `${name} ${from}`, classes, held: [] }
}
