import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJoinRequest, signJoinRequest } from '../../../../src/gossip/admission/join-request.ts'
import {
  openTicket,
  signTicket,
  ticketBytes,
  ticketFingerprint,
  ticketText,
} from '../../../../src/gossip/admission/ticket.ts'
import { generateIdentity } from '../../../../src/gossip/index.ts'

const issuer = await generateIdentity()
const fields = {
  v: 1,
  consortium: 'test-consortium',
  issuer: issuer.peer,
  addresses: ['/ip4/10.0.0.1/tcp/4001'],
  expires: 1_800_000_000,
  uses: 2,
  nonce: new Uint8Array(16),
  networkKey: Uint8Array.of(1, 2, 3),
} as const
const made = await signTicket(fields, issuer)

test('a ticket survives being pasted from a mail that broke its lines', async () => {
  const text = ticketText(made.bytes)
  const broken = ` ${text.slice(0, 40)}\r\n  ${text.slice(40)}\n`
  assert.deepEqual(await openTicket(ticketBytes(broken)), made)
  assert.match(text, /^pm1[\w-]+$/u)
})

test('a fingerprint can be read out and differs with the ticket', async () => {
  assert.match(ticketFingerprint(made.digest), /^[A-Z2-7]{4}-[A-Z2-7]{4}$/u)
  const other = await signTicket({ ...fields, nonce: new Uint8Array(16).fill(1) }, issuer)
  assert.notEqual(ticketFingerprint(other.digest), ticketFingerprint(made.digest))
})

test('what is no ticket is refused by name', async () => {
  assert.throws(() => ticketBytes('pm2abc'), { reason: 'malformed' })
  assert.throws(() => ticketBytes(''), { reason: 'malformed' })
  assert.throws(() => ticketBytes(`pm1${'a'.repeat(10_000)}`), { reason: 'too-large' })
  await assert.rejects(openTicket(ticketBytes(ticketText(made.bytes).slice(0, -4))), { code: 'ERR_REFUSED' })
  const stranger = await generateIdentity()
  const forged = await signTicket(fields, stranger)
  await assert.rejects(openTicket(forged.bytes), { reason: 'bad-signature' })
})

test('a join request is opened as it was signed, and by its own peer alone', async () => {
  const newcomer = await generateIdentity()
  const request = {
    v: 1,
    consortium: 'test-consortium',
    peer: newcomer.peer,
    name: 'Süd',
    ticket: made.digest,
  } as const
  const signed = await signJoinRequest(request, newcomer)
  assert.deepEqual(await openJoinRequest(signed.bytes), signed)
  await assert.rejects(openJoinRequest((await signJoinRequest(request, issuer)).bytes), {
    reason: 'bad-signature',
  })
})
