import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateIdentity, type Action, type Ledger } from '../../../src/gossip/index.ts'
import { charterBytes, charterDigest, type Charter } from '../../../src/node/charter.ts'
import { factsUnder, rulesOf, standingUnder } from '../../../src/node/consortium-rules.ts'
import { openLedger } from '../../helpers/gossip/ledgers.ts'
import { sampleCharter, sampleContribution } from './sample-contributions.ts'

const founder = await generateIdentity()
const { peer } = founder
const newcomer = (await generateIdentity()).peer
const founding = sampleCharter([{ id: peer, name: 'foundry' }])
const consortium = charterDigest(founding)

async function ledgerOf(...actions: readonly Action[]): Promise<Ledger> {
  const ledger = await openLedger({ consortium, members: founding.members }, founder)
  for (const action of actions) await ledger.sign(action)
  return ledger
}

const added: Action = { type: 'add', peer: newcomer, name: 'mill', ticket: null, request: null }
const headerOf = (author: string, sequence: number, charter = founding) => ({
  ...sampleContribution(charter, author, sequence).header,
  consortium,
})

test('a charter alone admits its members, and the ledger says who else', async () => {
  assert.equal(standingUnder(rulesOf(founding), headerOf(newcomer, 1)), 'unknown-member')
  assert.equal(standingUnder(rulesOf(founding), headerOf(peer, 1)), 'counts')
  const rules = rulesOf(founding, (await ledgerOf(added)).statements())
  assert.equal(standingUnder(rules, headerOf(newcomer, 1)), 'counts')
  assert.deepEqual(rules.roster.members.map(({ name }) => name), ['foundry', 'mill']) // prettier-ignore
})

test('what is withdrawn and who is removed counts no more', async () => {
  const ledger = await ledgerOf(added, { type: 'withdraw', upTo: 2 }, { type: 'remove', peer: newcomer, past: 'exclude', upTo: 9 }) // prettier-ignore
  const rules = rulesOf(founding, ledger.statements())
  assert.equal(standingUnder(rules, headerOf(peer, 2)), 'withdrawn')
  assert.equal(standingUnder(rules, headerOf(peer, 3)), 'counts')
  assert.equal(rules.state.head, ledger.state.head)
})

test('contributions are judged by the charter that they name; of those carried over only the same shapes count', async () => {
  const gentler: Charter = { ...founding, ridge: founding.ridge * 2, limits: { ...founding.limits, maxCount: 7 } } // prettier-ignore
  const wider: Charter = { ...gentler, classes: [...founding.classes, 'one more'] }
  const amend = (from: Charter, next: Charter): Action => ({ type: 'amend', from: charterDigest(from), charter: charterBytes(next), carries: 'contributions' }) // prettier-ignore
  const once = rulesOf(founding, (await ledgerOf(amend(founding, gentler))).statements())
  assert.equal(once.charterDigest, charterDigest(gentler))
  assert.equal(standingUnder(once, headerOf(peer, 1)), 'counts')
  assert.equal(factsUnder(once, headerOf(peer, 1)).spec.limits.maxCount, founding.limits.maxCount)
  assert.equal(factsUnder(once, headerOf(peer, 1, gentler)).spec.limits.maxCount, 7)
  const twice = rulesOf(founding, (await ledgerOf(amend(founding, gentler), amend(gentler, wider))).statements()) // prettier-ignore
  assert.equal(standingUnder(twice, headerOf(peer, 1)), 'other-shape')
  assert.equal(standingUnder(twice, headerOf(peer, 1, wider)), 'counts')
  assert.equal(standingUnder(once, headerOf(peer, 1, wider)), 'charter-unknown')
})
