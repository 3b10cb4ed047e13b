import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  MAX_PENDING_PER_TICKET,
  MAX_PENDING_REQUESTS,
  TICKET_TOLERANCE_S,
} from '../../../../src/gossip/constants.ts'
import { generateIdentity } from '../../../../src/gossip/identity.ts'
import { foldLedger } from '../../../../src/gossip/ledger/fold-ledger.ts'
import { openStatement } from '../../../../src/gossip/ledger/statement.ts'
import {
  DESK_CONSORTIUM,
  deskOf,
  foundDesks,
  FOUNDING,
  makeAsk,
  makeTicket,
  meet,
  memoryShelf,
  NOW,
  type TestDesk,
} from '../../../helpers/gossip/front-desk.ts'

const refused = (reason: string): object => ({ type: 'refused', reason })
const PENDING = { type: 'pending' }

async function oneDesk(options: Parameters<typeof foundDesks>[1] = {}): Promise<TestDesk> {
  return (await foundDesks(1, options))[0]!
}

test('a ticket that holds shows what one would join', async () => {
  const { desk, identity } = await oneDesk()
  const newcomer = await generateIdentity()
  const welcome = { founding: FOUNDING, charter: new Uint8Array(0), member: 'site 0', members: 1 }
  assert.deepEqual(await desk.hello((await makeTicket(identity)).bytes, newcomer.peer), {
    type: 'welcome',
    welcome,
  })
})

test('who asks waits for a member’s word, then gets a ledger that proves it', async () => {
  const { desk, identity, ledger, heard, pending } = await oneDesk()
  const newcomer = await generateIdentity()
  const ticket = await makeTicket(identity)
  const ask = await makeAsk(newcomer, ticket)
  assert.deepEqual(await desk.ask(ask, newcomer.peer), PENDING)
  assert.deepEqual(await desk.ask(ask, newcomer.peer), PENDING, 'asking again changes nothing')
  assert.deepEqual(
    heard.map(({ peer, name }) => ({ peer, name })),
    [{ peer: newcomer.peer, name: 'newcomer' }],
  )
  assert.equal(ledger.state.members.size, 1)

  await desk.accept(newcomer.peer)
  const answer = await desk.ask(ask, newcomer.peer)
  assert.equal(answer.type, 'admitted')
  const statements = await Promise.all(
    answer.statements.map((bytes) => openStatement(bytes, DESK_CONSORTIUM)),
  )
  const genesis = { consortium: DESK_CONSORTIUM, members: [{ id: identity.peer, name: 'site 0' }] }
  const { members } = foldLedger(genesis, statements)
  assert.equal(members.get(newcomer.peer)?.name, 'newcomer')
  assert.equal(members.get(newcomer.peer)?.invitedBy, identity.peer)
  assert.deepEqual(pending.waiting(), [])
})

test('where the charter says so, a valid ticket is enough', async () => {
  const { desk, identity, heard } = await oneDesk({ policy: 'ticket' })
  const newcomer = await generateIdentity()
  const ask = await makeAsk(newcomer, await makeTicket(identity))
  assert.equal((await desk.ask(ask, newcomer.peer)).type, 'admitted')
  assert.equal((await desk.ask(ask, newcomer.peer)).type, 'admitted', 'also for who lost the answer')
  assert.deepEqual(heard, [])
})

test('a ticket lets in as many as it says', async () => {
  const { desk, identity } = await oneDesk({ policy: 'ticket' })
  const ticket = await makeTicket(identity, { uses: 2 })
  const newcomers = await Promise.all([1, 2, 3].map(generateIdentity))
  const answers = await Promise.all(
    newcomers.map(async (newcomer, i) =>
      desk.ask(await makeAsk(newcomer, ticket, { name: `n${i}` }), newcomer.peer),
    ),
  )
  assert.deepEqual(answers.map(({ type }) => type).sort(), ['admitted', 'admitted', 'refused'])
  const late = answers.findIndex(({ type }) => type === 'refused')
  assert.deepEqual(answers[late], refused('used-up'))
  assert.deepEqual(await desk.hello(ticket.bytes, newcomers[late]!.peer), refused('used-up'))
})

test('of two uses at two members at once one holds, and both members see the same', async () => {
  const [a, b] = (await foundDesks(2, { policy: 'ticket' })) as [TestDesk, TestDesk]
  const ticket = await makeTicket(a.identity)
  const [x, y] = await Promise.all([generateIdentity(), generateIdentity()])
  const askX = await makeAsk(x, ticket, { name: 'x' })
  const askY = await makeAsk(y, ticket, { name: 'y' })
  assert.equal((await a.desk.ask(askX, x.peer)).type, 'admitted')
  assert.equal((await b.desk.ask(askY, y.peer)).type, 'admitted')
  await meet([a, b])
  assert.equal(a.ledger.state.head, b.ledger.state.head)
  const inside = [x, y].filter(({ peer }) => a.ledger.state.members.has(peer))
  assert.equal(inside.length, 1)
  const outside = inside[0] === x ? { who: y, ask: askY } : { who: x, ask: askX }
  for (const { desk } of [a, b]) {
    assert.deepEqual(await desk.ask(outside.ask, outside.who.peer), refused('used-up'))
  }
})

test('tickets that do not hold are refused by name', async () => {
  const { desk, identity } = await oneDesk({ policy: 'ticket' })
  const newcomer = await generateIdentity()
  const stranger = await generateIdentity()
  const tampered = await makeTicket(identity)
  tampered.bytes[tampered.bytes.length - 1]! ^= 1
  const cases = [
    ['bad-signature', tampered],
    ['malformed', { ...(await makeTicket(identity)), bytes: Uint8Array.of(0xa0) }],
    ['wrong-consortium', await makeTicket(identity, { consortium: 'f'.repeat(64) })],
    ['unknown-issuer', await makeTicket(stranger)],
    ['expired', await makeTicket(identity, { expires: NOW / 1000 - TICKET_TOLERANCE_S - 1 })],
  ] as const
  for (const [reason, ticket] of cases) {
    assert.deepEqual(await desk.hello(ticket.bytes, newcomer.peer), refused(reason), `hello: ${reason}`)
    assert.deepEqual(await desk.ask(await makeAsk(newcomer, ticket), newcomer.peer), refused(reason), reason)
  }
  const late = await makeTicket(identity, { expires: NOW / 1000 - TICKET_TOLERANCE_S + 1 })
  const answer = await desk.ask(await makeAsk(newcomer, late), newcomer.peer)
  assert.equal(answer.type, 'admitted', 'clocks may differ by five minutes')
})

test('a request that waits outlives its ticket; one that comes too late does not begin', async () => {
  let now = NOW
  const { desk, identity } = await oneDesk({ now: () => now })
  const ticket = await makeTicket(identity)
  const [early, late] = await Promise.all([generateIdentity(), generateIdentity()])
  const ask = await makeAsk(early, ticket)
  assert.deepEqual(await desk.ask(ask, early.peer), PENDING)
  now += 10 * 86_400_000
  assert.deepEqual(
    await desk.ask(await makeAsk(late, ticket, { name: 'late' }), late.peer),
    refused('expired'),
  )
  assert.equal((await desk.hello(ticket.bytes, early.peer)).type, 'welcome')
  await desk.accept(early.peer)
  assert.equal((await desk.ask(ask, early.peer)).type, 'admitted')
})

test('a request serves only who made it, for the ticket and the consortium that it names', async () => {
  const { desk, identity, ledger } = await oneDesk({ policy: 'ticket' })
  const [newcomer, thief] = await Promise.all([generateIdentity(), generateIdentity()])
  const ticket = await makeTicket(identity)
  const other = await makeTicket(identity)
  const own = await makeAsk(newcomer, ticket)
  assert.deepEqual(await desk.ask(own, thief.peer), refused('wrong-request'), 'shown by a thief')
  assert.deepEqual(await desk.ask({ ...own, ticket: other.bytes }, newcomer.peer), refused('wrong-request'))
  const elsewhere = await makeAsk(newcomer, ticket, { consortium: 'e'.repeat(64) })
  assert.deepEqual(await desk.ask(elsewhere, newcomer.peer), refused('wrong-request'))
  const forged = await makeAsk(newcomer, ticket)
  forged.request[forged.request.length - 1]! ^= 1
  assert.deepEqual(await desk.ask(forged, newcomer.peer), refused('bad-signature'))
  assert.equal(ledger.state.members.size, 1)
})

test('nobody enters under the name of a member', async () => {
  const { desk, identity } = await oneDesk({ policy: 'ticket' })
  const newcomer = await generateIdentity()
  const ask = await makeAsk(newcomer, await makeTicket(identity), { name: 'site 0' })
  assert.deepEqual(await desk.ask(ask, newcomer.peer), refused('name-taken'))
})

test('a removed key is told so and stays out, also with a good ticket', async () => {
  const desks = await foundDesks(3, { policy: 'ticket' })
  const [a, b, c] = desks as [TestDesk, TestDesk, TestDesk]
  const { peer } = c.identity
  for (const { ledger } of [a, b]) await ledger.sign({ type: 'remove', peer, past: 'keep', upTo: 0 })
  await meet(desks)
  const ticket = await makeTicket(a.identity)
  assert.deepEqual(await a.desk.hello(ticket.bytes, peer), refused('removed'))
  assert.deepEqual(await a.desk.ask(await makeAsk(c.identity, ticket), peer), refused('removed'))
})

test('who has left by itself may come back', async () => {
  const desks = await foundDesks(2, { policy: 'ticket' })
  const [a, b] = desks as [TestDesk, TestDesk]
  const { peer } = b.identity
  await b.ledger.sign({ type: 'remove', peer, past: 'keep', upTo: 0 })
  await meet(desks)
  assert.equal(a.ledger.state.members.has(peer), false)
  const ask = await makeAsk(b.identity, await makeTicket(a.identity))
  assert.equal((await a.desk.ask(ask, peer)).type, 'admitted')
})

test('a member’s no is told to who asks again, and ends the request', async () => {
  const { desk, identity, pending } = await oneDesk()
  const newcomer = await generateIdentity()
  const ask = await makeAsk(newcomer, await makeTicket(identity))
  await desk.ask(ask, newcomer.peer)
  await desk.refuse(newcomer.peer)
  assert.deepEqual(await desk.ask(ask, newcomer.peer), refused('declined'))
  assert.deepEqual(pending.waiting(), [])
  await assert.rejects(desk.accept(newcomer.peer), { code: 'ERR_NO_REQUEST' })
})

test('requests that wait are there again after a restart', async () => {
  const shelf = memoryShelf()
  const first = await oneDesk({ shelf })
  const newcomer = await generateIdentity()
  const ask = await makeAsk(newcomer, await makeTicket(first.identity))
  await first.desk.ask(ask, newcomer.peer)
  const genesis = { consortium: DESK_CONSORTIUM, members: [{ id: first.identity.peer, name: 'site 0' }] }
  const again = await deskOf(genesis, first.identity, { shelf })
  assert.deepEqual(
    again.pending.waiting().map(({ peer }) => peer),
    [newcomer.peer],
  )
  assert.deepEqual(await again.desk.ask(ask, newcomer.peer), PENDING)
  await again.desk.accept(newcomer.peer)
  assert.equal(again.ledger.state.members.size, 2)
})

test('requests that wait are bounded, with one ticket and in all', async () => {
  const { desk, identity, pending } = await oneDesk()
  const ask = async (uses: number, ticket = makeTicket(identity, { uses })): Promise<unknown> => {
    const newcomer = await generateIdentity()
    return desk.ask(await makeAsk(newcomer, await ticket, { name: newcomer.peer.slice(-8) }), newcomer.peer)
  }
  const spread = makeTicket(identity)
  for (let i = 0; i < MAX_PENDING_PER_TICKET; i++) assert.deepEqual(await ask(1, spread), PENDING)
  assert.deepEqual(await ask(1, spread), refused('busy'))
  const many = makeTicket(identity, { uses: 1000 })
  while (pending.waiting().length < MAX_PENDING_REQUESTS) assert.deepEqual(await ask(1000, many), PENDING)
  assert.deepEqual(await ask(1000, many), refused('busy'))
})

test('a ticket whose issuer has been removed, or that others have used up, stands against a late yes', async () => {
  const { desk, identity } = await oneDesk()
  const ticket = await makeTicket(identity)
  const [first, second] = await Promise.all([generateIdentity(), generateIdentity()])
  await desk.ask(await makeAsk(first, ticket, { name: 'first' }), first.peer)
  await desk.ask(await makeAsk(second, ticket, { name: 'second' }), second.peer)
  await desk.accept(first.peer)
  await assert.rejects(desk.accept(second.peer), { code: 'ERR_REQUEST', message: /used-up/ })
})

test('a request for the place of a lost key is never answered by one member alone', async () => {
  const { desk, identity, heard } = await oneDesk({ policy: 'ticket' })
  const newcomer = await generateIdentity()
  const ask = await makeAsk(newcomer, await makeTicket(identity), { replaces: 'site 0', name: 'site 0' })
  assert.deepEqual(await desk.ask(ask, newcomer.peer), PENDING)
  assert.equal(heard[0]?.replaces, 'site 0')
  await assert.rejects(desk.accept(newcomer.peer), { code: 'ERR_REQUEST', message: /peermerge replace/ })
})

test('a former member gets the votes and what is behind them, no one else gets anything, and not over and over', async () => {
  const [a, b, c] = (await foundDesks(3)) as [TestDesk, TestDesk, TestDesk]
  const { peer } = c.identity
  await a.ledger.sign({ type: 'withdraw', upTo: 1 })
  await a.ledger.sign({ type: 'remove', peer, past: 'keep', upTo: 0 })
  await meet([a, b])
  await b.ledger.sign({ type: 'remove', peer, past: 'keep', upTo: 0 })
  await meet([a, b])
  await a.ledger.sign({ type: 'withdraw', upTo: 7 })
  assert.deepEqual(a.desk.standing(b.identity.peer), refused('not-removed'))
  assert.deepEqual(a.desk.standing((await generateIdentity()).peer), refused('not-removed'))
  const answer = a.desk.standing(peer)
  assert.equal(answer.type, 'removed')
  for (const bytes of answer.statements) await c.ledger.enter(bytes)
  assert.ok(!c.ledger.state.members.has(peer))
  assert.deepEqual([...c.ledger.state.withdrawn.values()], [1])
  a.desk.standing(peer)
  assert.deepEqual(a.desk.standing(peer), refused('busy'))
})

test('a request that another member passes on waits with who made the ticket, and with nobody else', async () => {
  const [asked, issuer, other] = (await foundDesks(3)) as [TestDesk, TestDesk, TestDesk]
  const newcomer = await generateIdentity()
  const ask = await makeAsk(newcomer, await makeTicket(issuer.identity))
  const from = asked.identity.peer
  assert.deepEqual(await asked.desk.ask(ask, newcomer.peer), PENDING)
  assert.deepEqual(await other.desk.askFor(ask, from), refused('wrong-request'))
  assert.deepEqual(
    await issuer.desk.askFor(ask, newcomer.peer),
    refused('wrong-request'),
    'no member passes it on',
  )
  assert.deepEqual(await issuer.desk.askFor(ask, from), PENDING)
  assert.deepEqual(await issuer.desk.askFor(ask, from), PENDING)
  assert.deepEqual(
    issuer.heard.map(({ peer }) => peer),
    [newcomer.peer],
  )

  await issuer.desk.accept(newcomer.peer)
  assert.deepEqual(await issuer.desk.askFor(ask, from), { type: 'admitted', statements: [] })
  await meet([asked, issuer])
  assert.equal((await asked.desk.ask(ask, newcomer.peer)).type, 'admitted')
  assert.equal(asked.pending.get(newcomer.peer), undefined)
})

test('who was let in elsewhere takes no room among the requests that wait', async () => {
  const [asked, issuer] = (await foundDesks(2)) as [TestDesk, TestDesk]
  const [first, second] = [await generateIdentity(), await generateIdentity()]
  const ticket = await makeTicket(issuer.identity, { uses: 9 })
  await asked.desk.ask(await makeAsk(first, ticket), first.peer)
  await issuer.desk.ask(await makeAsk(first, ticket), first.peer)
  await issuer.desk.accept(first.peer)
  await meet([asked, issuer])
  await asked.desk.ask(await makeAsk(second, ticket, { name: 'second' }), second.peer)
  assert.equal(asked.pending.get(first.peer), undefined)
})
