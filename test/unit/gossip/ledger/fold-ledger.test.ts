import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { taskId } from '../../../../src/gossip/ledger/task-id.ts'
import type { Action, OpenedStatement } from '../../../../src/gossip/ledger/types.ts'
import {
  add,
  amend,
  comparable,
  part,
  remove,
  replace,
  Story,
  task,
  withdraw,
} from '../../../helpers/gossip/statements.ts'

const PEERS = ['a', 'b', 'c', 'd', 'e', 'f']
const peer = fc.constantFrom(...PEERS)
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: peer.map(add) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(peer, fc.constantFrom('keep' as const, 'exclude' as const), fc.nat(9))
      .map((x) => remove(...x)),
  },
  { weight: 1, arbitrary: fc.tuple(peer, peer).map((x) => replace(...x)) },
  { weight: 1, arbitrary: fc.constantFrom('x', 'y').map((charter) => amend('story', charter)) },
  { weight: 1, arbitrary: fc.nat(9).map(withdraw) },
  { weight: 2, arbitrary: fc.boolean().map(part) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('t', 'u'), fc.constantFrom('mn', 'no'), fc.nat(2))
      .map(([name, classes, held]) => task(name, classes, classes.slice(0, held))),
  },
)
/** Anyone says anything, with any of what was said before in mind, as liars do who date back. */
const story = fc
  .array(fc.tuple(peer, action, fc.array(fc.nat(), { maxLength: 3 })), { maxLength: 40 })
  .map((lines) => {
    const told = new Story('a', 'b', 'c')
    lines.forEach(([author, what, seen], i) => {
      const after = i === 0 ? [] : [...new Set(seen.map((n) => told.all[n % i]!))]
      told.say(author, what, after, String(i))
    })
    return told
  })

test('any order of arrival and any repetition give the same state', () => {
  fc.assert(
    fc.property(story, fc.infiniteStream(fc.nat()), (told, random) => {
      const expected = comparable(told.state())
      const shuffled = [...told.all, ...told.all.slice(0, 5)]
        .map((statement) => [random.next().value, statement] as const)
        .sort(([a], [b]) => a - b)
        .map(([, statement]) => statement)
      assert.deepEqual(comparable(told.state(shuffled)), expected)
    }),
    { seed: 5, numRuns: 400 },
  )
})

test('what waits for a parent changes nothing', () => {
  fc.assert(
    fc.property(story, fc.nat(), (told, n) => {
      fc.pre(told.all.length > 0)
      const missing = told.all[n % told.all.length]!
      const rest = told.all.filter((one) => one !== missing)
      const closed = rest.filter((one) => !knows(told.all, one, missing))
      assert.deepEqual(comparable(told.state(rest)), comparable(told.state(closed)))
    }),
    { seed: 6, numRuns: 200 },
  )
})

test('a member and its removal are never both in force, and nobody enters unasked', () => {
  fc.assert(
    fc.property(story, (told) => {
      const state = told.state()
      const named = new Set([
        ...told.genesis.members.map(({ id }) => id),
        ...told.all.map(({ statement: { action: said } }) =>
          said.type === 'add' ? said.peer : said.type === 'replace' ? said.next : '',
        ),
      ])
      for (const id of state.members.keys()) assert.ok(named.has(id))
      for (const { removedBy } of state.former.values()) assert.ok(removedBy.length > 0)
      for (const { votes, needed } of state.proposals) assert.ok(votes.length < needed)
    }),
    { seed: 7, numRuns: 200 },
  )
})

test('only members take part in a task, and each task that a member opened is open', () => {
  fc.assert(
    fc.property(story, (told) => {
      const { tasks, members, void: reasons } = told.state()
      for (const { id, name, classes, sites } of tasks.values()) {
        assert.equal(id, taskId('story', { name, classes }))
        for (const [site, held] of sites) {
          assert.ok(members.has(site))
          assert.ok(held.every((label) => classes.includes(label)))
        }
      }
      const said = told.all.flatMap(({ id, statement: { action: said } }) =>
        said.type === 'task' && !reasons.has(id) ? [taskId('story', said)] : [],
      )
      assert.deepEqual(new Set(tasks.keys()), new Set(said))
    }),
    { seed: 8, numRuns: 300 },
  )
})

test('ten thousand statements fold in about a second', () => {
  const told = new Story('m0', 'm1', 'm2')
  let last: OpenedStatement[] = []
  for (let i = 3; told.all.length < 10_000; i++) {
    last = [told.say(`m${i % 3}`, add(`m${i}`), last)]
    const votes = [0, 1, 2].map((m) => told.say(`m${m}`, i % 2 ? remove(`m${i}`) : withdraw(i), last))
    last = votes
  }
  const since = performance.now()
  const state = told.state()
  const elapsed = performance.now() - since
  assert.equal(state.statements, told.all.length)
  console.log(`${told.all.length} statements in ${elapsed.toFixed(0)} ms`)
  assert.ok(elapsed < 8000, `${elapsed} ms`)
})

test('the head names the set', () => {
  const told = new Story('a')
  told.say('a', add('b'))
  told.say('a', withdraw(3))
  const ids = told.all
    .map(({ id }) => id)
    .sort()
    .join('')
  assert.equal(told.state().head, createHash('sha256').update(Buffer.from(ids, 'hex')).digest('hex'))
})

function knows(all: readonly OpenedStatement[], one: OpenedStatement, other: OpenedStatement): boolean {
  return one.statement.parents.some((id) => {
    const parent = all.find((candidate) => candidate.id === id)!
    return parent === other || knows(all, parent, other)
  })
}
