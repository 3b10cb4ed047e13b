import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode as cbor } from '@ipld/dag-cbor'
import fc from 'fast-check'
import { signJoinRequest } from '../../../../src/gossip/admission/join-request.ts'
import { signTicket } from '../../../../src/gossip/admission/ticket.ts'
import { MAX_STATEMENT_BYTES, STATEMENT_DOMAIN, TICKET_DOMAIN } from '../../../../src/gossip/constants.ts'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import { foldLedger } from '../../../../src/gossip/ledger/fold-ledger.ts'
import { openStatement, signStatement } from '../../../../src/gossip/ledger/statement.ts'
import type { Action, OpenedStatement, TaskAction } from '../../../../src/gossip/ledger/types.ts'
import { signUnder } from '../../../../src/gossip/wire/signature.ts'
import { decodeSigned, encodeSigned } from '../../../../src/gossip/wire/signed-bytes.ts'
import { CONSORTIUM, makeContribution, sha256 } from '../../../helpers/gossip/contributions.ts'

const [a, b, c] = await Promise.all([generateIdentity(), generateIdentity(), generateIdentity()])
const say = (action: Action, author = a, parents: string[] = []): Promise<OpenedStatement> =>
  signStatement({ v: 1, consortium: CONSORTIUM, author: author.peer, parents, action }, author)
const ticket = await signTicket(
  {
    v: 1,
    consortium: CONSORTIUM,
    issuer: a.peer,
    addresses: [],
    expires: 0,
    uses: 1,
    nonce: new Uint8Array(16),
    networkKey: null,
  },
  a,
)
const ask = async (
  who = c,
  named: string | null = ticket.digest,
  consortium = CONSORTIUM,
): Promise<Uint8Array> =>
  (await signJoinRequest({ v: 1, consortium, peer: who.peer, name: 'C', ticket: named }, who)).bytes
const [low, high] = (await Promise.all([1, 2].map((size) => makeContribution(b, { size })))).sort((x, y) =>
  x.id < y.id ? -1 : 1,
)
const actions: Action[] = [
  { type: 'add', peer: c.peer, name: 'C', ticket: null, request: null },
  { type: 'add', peer: c.peer, name: 'C', ticket: ticket.bytes, request: await ask() },
  { type: 'add', peer: c.peer, name: 'C', ticket: null, request: await ask(c, null) },
  { type: 'remove', peer: b.peer, past: 'exclude', upTo: 7 },
  { type: 'replace', peer: b.peer, next: c.peer, upTo: 2 ** 53 - 1, request: await ask(c, null) },
  { type: 'amend', from: sha256('x'), charter: Buffer.from('{}'), carries: 'nothing' },
  { type: 'withdraw', upTo: 3 },
  { type: 'equivocation', first: low!.envelope, second: high!.envelope },
  { type: 'task', name: 'spring', classes: ['Ölkäfer', 'ant'].sort(), held: ['ant'] },
  { type: 'part', contributes: false },
]

for (const action of actions) {
  test(`${action.type} is opened as it was signed`, async () => {
    const made = await say(action, a, [sha256('p'), sha256('q')].sort())
    assert.deepEqual(await openStatement(made.bytes, CONSORTIUM), made)
    assert.deepEqual(plain(made.statement.action), plain(action))
  })
}

test('an author whose name another signed under is refused', async () => {
  const { content } = decodeSigned('statement', (await say(actions[6]!)).bytes, MAX_STATEMENT_BYTES)
  for (const [domain, identity] of [
    [STATEMENT_DOMAIN, b],
    [TICKET_DOMAIN, a],
  ] as const) {
    const forged = encodeSigned(
      'statement',
      { content, signature: await signUnder(domain, content, identity) },
      MAX_STATEMENT_BYTES,
    )
    await assert.rejects(openStatement(forged, CONSORTIUM), { reason: 'bad-signature' })
  }
})

test('another consortium is refused by name', async () => {
  await assert.rejects(openStatement((await say(actions[6]!)).bytes, 'another'), {
    reason: 'wrong-consortium',
  })
})

test('a statement over the limit is refused before it is decoded', async () => {
  await assert.rejects(openStatement(new Uint8Array(MAX_STATEMENT_BYTES + 1), CONSORTIUM), {
    reason: 'too-large',
  })
})

const foreign = await signTicket({ ...ticket.ticket, consortium: 'another' }, a)
const many = (count: number, letters = 0): string[] =>
  Array.from({ length: count }, (_, i) => `${'x'.repeat(letters)}${1000 + i}`)
const insects = { type: 'task', name: 'insects', classes: ['ant', 'bee'], held: ['bee'] } as const
const wrong: Record<string, [Action, string]> = {
  'a ticket nobody asked with': [{ ...actions[1]!, request: null } as Action, 'malformed'],
  'a request for another ticket': [
    { ...actions[1]!, request: await ask(c, sha256('other')) } as Action,
    'malformed',
  ],
  'a request without the ticket': [{ ...actions[1]!, ticket: null } as Action, 'malformed'],
  'a request of another newcomer': [{ ...actions[1]!, request: await ask(b) } as Action, 'malformed'],
  'a request under another name': [{ ...actions[1]!, name: 'D' } as Action, 'malformed'],
  'a request for another consortium': [
    { ...actions[2]!, request: await ask(c, null, 'another') } as Action,
    'wrong-consortium',
  ],
  'a ticket for another consortium': [
    { ...actions[1]!, ticket: foreign.bytes, request: await ask(c, foreign.digest) } as Action,
    'wrong-consortium',
  ],
  'a ticket with a broken signature': [
    { ...actions[1]!, ticket: flipLast(ticket.bytes) } as Action,
    'bad-signature',
  ],
  'a member in its own place': [{ ...actions[4]!, peer: c.peer } as Action, 'malformed'],
  'a replacement that did not ask': [{ ...actions[4]!, request: await ask(b, null) } as Action, 'malformed'],
  'a proof of the same contribution twice': [
    { ...actions[7]!, second: low!.envelope } as Action,
    'malformed',
  ],
  'a proof the wrong way round': [
    { type: 'equivocation', first: high!.envelope, second: low!.envelope },
    'malformed',
  ],
  'a proof of two numbers': [
    {
      type: 'equivocation',
      first: low!.envelope,
      second: (await makeContribution(b, { sequence: 2 })).envelope,
    },
    'malformed',
  ],
  'a proof with a forged half': [
    { type: 'equivocation', first: low!.envelope, second: flipLast(high!.envelope) },
    'bad-signature',
  ],
  'a name that moves the cursor': [{ ...actions[0]!, name: 'C\u001b[2J' } as Action, 'malformed'],
  'an empty name': [{ ...actions[0]!, name: '' } as Action, 'malformed'],
  'a peer that is none': [{ ...actions[0]!, peer: 'C' } as Action, 'malformed'],
  'a negative number': [{ type: 'withdraw', upTo: -1 }, 'malformed'],
  'a task without classes': [{ ...insects, classes: [], held: [] }, 'malformed'],
  'a task whose classes are in no order': [{ ...insects, classes: ['bee', 'ant'] }, 'malformed'],
  'a task with a class twice': [{ ...insects, classes: ['ant', 'ant', 'bee'] }, 'malformed'],
  'a task with white space around a class': [{ ...insects, classes: ['ant', 'bee\u00a0'] }, 'malformed'],
  'a task whose class moves the cursor': [{ ...insects, classes: ['\u001b[2J', 'bee'] }, 'malformed'],
  'a task with an empty class': [{ ...insects, classes: ['', 'bee'] }, 'malformed'],
  'a task with a class of 201 letters': [{ ...insects, classes: ['bee', 'x'.repeat(201)] }, 'malformed'],
  'a task of 1001 classes': [{ ...insects, classes: many(1001), held: [] }, 'malformed'],
  'a task that holds what is not in it': [{ ...insects, held: ['cow'] }, 'malformed'],
  'a task that holds one class twice': [{ ...insects, held: ['bee', 'bee'] }, 'malformed'],
  'a task of no name': [{ ...insects, name: '' }, 'malformed'],
  'a task whose name begins with a blank': [{ ...insects, name: ' insects' }, 'malformed'],
  'a task of a name of 101 letters': [{ ...insects, name: 'x'.repeat(101) }, 'malformed'],
  'a task of more letters than fit': [{ ...insects, classes: many(1000, 195), held: [] }, 'too-large'],
  'a further field': [{ type: 'withdraw', upTo: 1, note: 'x' } as Action, 'malformed'],
}
for (const [name, [action, reason]] of Object.entries(wrong)) {
  test(`${name} is refused, and not signed either`, async () => {
    await assert.rejects(say(action), { reason })
  })
}

test('a thousand classes of 80 letters, all of them held, fit a statement', async () => {
  const classes = many(1000, 76)
  const { bytes } = await say({ type: 'task', name: 'everything', classes, held: classes })
  assert.ok(bytes.byteLength < MAX_STATEMENT_BYTES)
})

test('labels enter whatever form of Unicode they are in, as that depends on its version', async () => {
  const classes = ['e\u0301', '\u00e9']
  const { statement } = await say({ type: 'task', name: 'forms', classes, held: classes })
  assert.deepEqual((statement.action as TaskAction).classes, classes)
})

test('the same key under another name is no member of its own', async () => {
  const alias = (await import('@libp2p/peer-id')).peerIdFromString(c.peer).toCID().toString()
  await assert.rejects(say({ ...actions[0]!, peer: alias } as Action), { reason: 'malformed' })
})

test('parents out of order or twice are refused', async () => {
  const [p, q] = [sha256('p'), sha256('q')].sort()
  for (const parents of [
    [q!, p!],
    [p!, p!],
  ])
    await assert.rejects(say(actions[6]!, a, parents), { reason: 'malformed' })
})

test('every changed byte is refused, and never with another error', async () => {
  const { bytes } = await say(actions[1]!)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const changed = Uint8Array.from(bytes)
      changed[at]! ^= change
      await assert.rejects(openStatement(changed, CONSORTIUM), { code: 'ERR_REFUSED' })
    }),
    { seed: 3, numRuns: 300 },
  )
})

test('another encoding of the same statement is malformed', async () => {
  const { bytes } = await say(actions[6]!)
  const longForm = Uint8Array.of(0xb8, 0x02, ...bytes.subarray(1))
  await assert.rejects(openStatement(longForm, CONSORTIUM), { reason: 'malformed' })
  await assert.rejects(openStatement(cbor([1]), CONSORTIUM), { reason: 'malformed' })
})

test('a proof counts, whoever shows it and however often', async () => {
  const genesis = { consortium: CONSORTIUM, members: [{ id: b.peer, name: 'B' }] }
  const proofs = [await say(actions[7]!, a), await say(actions[7]!, b)]
  const { equivocations } = foldLedger(genesis, proofs)
  assert.deepEqual([...equivocations], [[b.peer, new Set([1])]])
})

test('a ticket for one lets one in, though two members took it at once; the same newcomer twice is one', async () => {
  const genesis = { consortium: CONSORTIUM, members: [a, b].map(({ peer }) => ({ id: peer, name: peer })) }
  const d = await generateIdentity()
  const take = async (newcomer: typeof c, by: typeof a): Promise<OpenedStatement> =>
    say(
      { type: 'add', peer: newcomer.peer, name: 'C', ticket: ticket.bytes, request: await ask(newcomer) },
      by,
    )
  const rivals = [await take(c, a), await take(d, b)].sort((x, y) => (x.id < y.id ? -1 : 1))
  const state = foldLedger(genesis, rivals)
  assert.equal(state.members.size, 3)
  assert.equal(state.void.get(rivals[1]!.id), 'ticket-used-up')
  assert.equal(state.tickets.get(ticket.digest), 1)
  assert.equal(foldLedger(genesis, [await take(c, a), await take(c, b)]).tickets.get(ticket.digest), 1)
})

function plain(action: Action): object {
  return Object.fromEntries(
    Object.entries(action).map(([key, value]: [string, unknown]) => [
      key,
      value instanceof Uint8Array ? [...value] : value,
    ]),
  )
}

function flipLast(bytes: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[changed.length - 1]! ^= 1
  return changed
}
