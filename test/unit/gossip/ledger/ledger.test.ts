import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateIdentity, type OpenedStatement } from '../../../../src/gossip/index.ts'
import { EntryRules } from '../../../../src/gossip/ledger/entry-rules.ts'
import { CausalIndex } from '../../../../src/gossip/ledger/causal-index.ts'
import { LedgerView } from '../../../../src/gossip/ledger/ledger-view.ts'
import { WaitingRoom } from '../../../../src/gossip/ledger/waiting-room.ts'
import { sha256 } from '../../../helpers/gossip/contributions.ts'
import { founders, MemoryLedgerStore, openLedger, saySigned } from '../../../helpers/gossip/ledgers.ts'
import { add, amend, comparable, remove, Story, task, withdraw } from '../../../helpers/gossip/statements.ts'

const { identities, genesis } = await founders(3)
const [a, b, c] = identities as [(typeof identities)[0], (typeof identities)[0], (typeof identities)[0]]
const stranger = await generateIdentity()

test('what one node says another takes, in any order, once', async () => {
  const first = await openLedger(genesis, a)
  for (let i = 1; i <= 20; i++) await first.sign(withdraw(i))
  const second = await openLedger(genesis, b)
  const bytes = first.statements().map((one) => one.bytes)
  const receipts = await Promise.all(
    [...bytes.toReversed(), bytes[3]!].map((one) => second.enter(one, a.peer)),
  )
  assert.equal(receipts.filter(({ kind }) => kind === 'waiting').length, 19)
  assert.deepEqual(comparable(second.state), comparable(first.state))
  assert.equal(second.waiting, 0)
  assert.equal((await second.enter(bytes[0]!, 'x')).kind, 'known')
})

test('a statement names all that its author knew, and so its own last one', async () => {
  const ledger = await openLedger(genesis, a)
  const others = await Promise.all([b, c].map((author) => saySigned(author, withdraw(1))))
  for (const { bytes } of others) await ledger.enter(bytes, 'bearer')
  const said = await ledger.sign(withdraw(1))
  assert.deepEqual(said.statement.parents, others.map(({ id }) => id).sort())
  assert.deepEqual((await ledger.sign(withdraw(2))).statement.parents, [said.id])
})

test('more newest statements than can be named: the own last one is among those that are', async () => {
  const ledger = await openLedger(genesis, a)
  const own = await ledger.sign(withdraw(1))
  const forks = await Promise.all(Array.from({ length: 300 }, (_, i) => saySigned(b, withdraw(i))))
  await Promise.all(forks.map(({ bytes }) => ledger.enter(bytes, b.peer)))
  const { parents } = (await ledger.sign(withdraw(2))).statement
  assert.equal(parents.length, 256)
  assert.ok(parents.includes(own.id))
})

test('strangers get nothing in, not even by naming statements of members', async () => {
  const ledger = await openLedger(genesis, a)
  const known = await ledger.sign(withdraw(1))
  const one = await saySigned(stranger, add(stranger.peer), [known])
  assert.deepEqual(await ledger.enter(one.bytes, b.peer), {
    kind: 'refused',
    id: one.id,
    reason: 'not-a-member',
  })
  assert.equal(ledger.wants(one.id), false)
  assert.equal(ledger.state.statements, 1)
})

test('a newcomer speaks once its statement names the one that brought it in', async () => {
  const ledger = await openLedger(genesis, a)
  const early = await saySigned(stranger, withdraw(1))
  assert.equal((await ledger.enter(early.bytes, b.peer)).kind, 'refused')
  const entry = await ledger.sign(add(stranger.peer))
  const late = await saySigned(stranger, withdraw(2), [entry])
  assert.equal((await ledger.enter(late.bytes, b.peer)).kind, 'kept')
  assert.equal(ledger.state.withdrawn.get(stranger.peer), 2)
})

test('other consortia, forgeries and noise leave no trace', async () => {
  const ledger = await openLedger(genesis, a)
  const foreign = await saySigned(b, withdraw(1), [], 'another')
  assert.deepEqual(await ledger.enter(foreign.bytes, b.peer), { kind: 'refused', reason: 'wrong-consortium' })
  assert.deepEqual(await ledger.enter(Uint8Array.of(1), b.peer), { kind: 'refused', reason: 'malformed' })
  assert.equal(ledger.state.statements, 0)
})

test('a charter that the node does not take for one is refused, from its bytes alone', async () => {
  const checkCharter = (bytes: Uint8Array): void => {
    if (Buffer.from(bytes).toString() !== 'good') throw new Error('field rule: expected one of …')
  }
  const ledger = await openLedger(genesis, a, { checkCharter })
  const from = sha256('x')
  assert.equal((await ledger.enter((await saySigned(b, amend(from, 'bad'))).bytes, b.peer)).kind, 'refused')
  assert.equal((await ledger.enter((await saySigned(b, amend(from, 'good'))).bytes, b.peer)).kind, 'kept')
  await assert.rejects(ledger.sign(amend(from, 'bad')), /field rule/)
})

test('nothing is acknowledged that is not on disk; what failed comes with the next', async () => {
  const store = new MemoryLedgerStore()
  const ledger = await openLedger(genesis, a, { store })
  const [one, other] = await Promise.all([saySigned(b, withdraw(1)), saySigned(c, withdraw(1))])
  store.failures = 1
  await assert.rejects(ledger.enter(one.bytes, b.peer), { code: 'ERR_STORE_FAILED' })
  assert.equal((await ledger.enter(other.bytes, b.peer)).kind, 'kept')
  assert.equal(store.kept.size, 2)
  const again = await openLedger(genesis, a, { store })
  assert.deepEqual(comparable(again.state), comparable(ledger.state))
})

test('what would change nothing is not signed', async () => {
  const ledger = await openLedger(genesis, a)
  await assert.rejects(ledger.sign(add(b.peer)), {
    code: 'ERR_NO_EFFECT',
    detail: { type: 'add', reason: 'already-a-member' },
  })
  await assert.rejects(ledger.sign(remove(stranger.peer)), { code: 'ERR_NO_EFFECT' })
  await ledger.sign(remove(a.peer))
  await assert.rejects(ledger.sign(add(stranger.peer)), { detail: { type: 'add', reason: 'not-a-member' } })
})

test('what a site says of a task is told to all, and the same words again are not signed', async () => {
  const ledger = await openLedger(genesis, a)
  let changes = 0
  ledger.events.on('changed', () => changes++)
  const { bytes } = await ledger.sign(task('t', 'xy', 'x'))
  assert.equal(changes, 1)
  await assert.rejects(ledger.sign(task('t', 'xy', 'x')), { detail: { type: 'task', reason: 'known' } })
  const other = await openLedger(genesis, b)
  await other.enter(bytes, a.peer)
  await other.sign(task('t', 'xy', 'xy'))
  const [opened] = other.state.tasks.values()
  const sites = new Map([
    [a.peer, ['x']],
    [b.peer, ['x', 'y']],
  ])
  assert.deepEqual([opened?.openedBy, opened?.sites], [a.peer, sites])
})

test('changes are told after they are on disk', async () => {
  const store = new MemoryLedgerStore()
  const ledger = await openLedger(genesis, a, { store })
  const told: string[] = []
  ledger.events.on('changed', () => told.push(`changed ${store.kept.size} ${ledger.state.statements}`))
  ledger.events.on('entered', (_, bearer) => told.push(bearer))
  await ledger.enter((await saySigned(b, withdraw(1))).bytes, 'bearer')
  await ledger.sign(withdraw(1))
  assert.deepEqual(told, ['bearer', 'changed 1 1', a.peer, 'changed 2 2'])
})

test('a view that grows says what a fold of all says', () => {
  const told = new Story('a', 'b', 'c')
  const view = new LedgerView(told.genesis)
  const say = (author: string, action: Parameters<Story['say']>[1], after = told.all.slice(-1)): void => {
    view.add(told.say(author, action, after))
    assert.deepEqual(comparable(view.state()), comparable(told.state()))
  }
  say('a', add('d'))
  say('c', task('t', 'xy', 'x'))
  say('c', add('e'))
  say('a', remove('c'), told.all.slice(0, 1)) // concurrent with the last
  say('b', remove('c'), told.all.slice(0, 1))
  say('d', remove('c'), told.all.slice())
  say('d', withdraw(3), told.all.slice(-1))
  say('d', task('t', 'xy', 'y'))
  say('b', task('t', 'xy', 'x'), told.all.slice(0, 1))
})

test('one who sends children of parents that do not exist pushes out nobody else', () => {
  const told = new Story('a')
  const size = told.say('a', withdraw(0), []).bytes.byteLength
  const room = new WaitingRoom(10 * size)
  const honest = told.say('a', withdraw(1))
  room.put(honest, 'honest', 'missing')
  for (let i = 0; i < 100; i++) room.put(told.say('a', withdraw(i), [], String(i)), 'liar', `none ${i}`)
  assert.ok(room.size <= 10)
  assert.ok(room.has(honest.id))
  assert.deepEqual(
    room.take('missing').map(({ opened }) => opened),
    [honest],
  )
  assert.equal(room.isWanted('missing'), false)
})

test('an author has a ceiling, but for what others build on; so has the whole', () => {
  const told = new Story('a', 'b')
  const rules = new EntryRules(told.genesis, { maxPerAuthor: 2, maxStatements: 3 })
  const index = new CausalIndex()
  const enter = (one: OpenedStatement, isNeeded = false): string | null => {
    const reason = rules.objection(one, index, isNeeded)
    if (reason === null) rules.entered(one, index.add(one).number)
    return reason
  }
  const say = (i: number): OpenedStatement => told.say('a', withdraw(i))
  assert.deepEqual(
    [1, 2, 3].map((i) => enter(say(i))),
    [null, null, 'too-many-statements'],
  )
  assert.equal(enter(say(4), true), null)
  assert.equal(enter(told.say('b', withdraw(1))), 'ledger-full')
})
