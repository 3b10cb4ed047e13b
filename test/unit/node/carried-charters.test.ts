import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateIdentity } from '../../../src/gossip/index.ts'
import { carriedCharters, charterInForce } from '../../../src/node/carried-charters.ts'
import { charterBytes, charterDigest, mergeSpecOf, type Charter } from '../../../src/node/charter.ts'
import { createJudge } from '../../../src/node/judge.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { LedgerRoster } from '../../../src/node/roster.ts'
import type { NodeStore } from '../../../src/node/types.ts'
import { openLedger } from '../../helpers/gossip/ledgers.ts'
import { sampleCharter, sampleContribution } from './sample-contributions.ts'

const identity = await generateIdentity()
const { peer } = identity
const founding = sampleCharter([{ id: peer, name: 'foundry' }])
const gentler: Charter = {
  ...founding,
  ridge: founding.ridge * 2,
  limits: { ...founding.limits, maxCount: 7 },
}

/** State after these amendments, each voted for by the one member that there is. */
async function after(carries: 'contributions' | 'nothing', ...charters: readonly Charter[]) {
  const ledger = await openLedger(
    { consortium: charterDigest(founding), members: founding.members },
    identity,
  )
  for (const charter of charters) {
    await ledger.sign({ type: 'amend', from: ledger.state.charter, charter: charterBytes(charter), carries })
  }
  return ledger.state
}

test('contributions go over to a charter under which they have the same shapes, if the members say so', async () => {
  const state = await after('contributions', gentler)
  assert.deepEqual(charterInForce(state, founding), gentler)
  assert.deepEqual([...carriedCharters(state, founding).keys()], [charterDigest(founding)])
  assert.equal(carriedCharters(await after('nothing', gentler), founding).size, 0)
})

test('no one can merge contributions of another shape, so that they count for nothing', async () => {
  const other: Charter = { ...founding, classes: [...founding.classes, 'one more'] }
  assert.equal(carriedCharters(await after('contributions', other), founding).size, 0)
  const back = await after('contributions', other, gentler)
  assert.deepEqual([...carriedCharters(back, founding).keys()], [charterDigest(founding)])
})

test('a contribution is judged by the charter that it was made under, and one ahead of this node waits', async () => {
  const state = await after('contributions', gentler)
  const judgeOf = (charter: Charter, ...later: readonly string[]) =>
    createJudge({
      charter,
      charterDigest: charterDigest(charter),
      consortium: charterDigest(founding),
      spec: mergeSpecOf(charter),
      carried: charter === gentler ? carriedCharters(state, founding) : new Map(),
      isLater: (digest) => later.includes(digest),
      store: { list: () => [] } as unknown as NodeStore,
      merges: { validate: () => Promise.resolve({ kind: 'accept' }) },
      logger: silentLogger(),
      signal: new AbortController().signal,
      onVerdict: () => undefined,
    })
  const { header } = sampleContribution(founding, peer, 1)
  const later = { ...sampleContribution(gentler, peer, 1).header, consortium: charterDigest(founding) }
  assert.ok(header.count > gentler.limits.maxCount)
  assert.deepEqual(judgeOf(gentler).judgeHeader(header), { kind: 'accept' })
  assert.deepEqual(judgeOf(gentler).judgeHeader(later), {
    kind: 'reject',
    reason: 'too-many-samples',
  })
  assert.deepEqual(judgeOf(founding, state.charter).judgeHeader(later), {
    kind: 'hold',
    reason: 'charter-ahead',
  })
  assert.deepEqual(judgeOf(founding).judgeHeader(later), { kind: 'reject', reason: 'wrong-charter' }) // prettier-ignore
})

test('a site that stays under an earlier charter carries nothing back to it, and waits with all that came later', async () => {
  const third: Charter = { ...gentler, ridge: gentler.ridge * 2 }
  const [first, second, last] = [founding, gentler, third].map(charterDigest)
  const state = await after('contributions', gentler, third)
  const genesis = { consortium: first!, members: founding.members }
  assert.deepEqual([...carriedCharters(state, founding, second).keys()], [first])
  const roster = new LedgerRoster({ genesis, state })
  assert.deepEqual([first, second, last].map((one) => roster.isLater(one!, second!)), [false, false, true]) // prettier-ignore
  const ended = await after('nothing', gentler)
  assert.equal(carriedCharters(ended, founding, first).size, 0)
  assert.ok(new LedgerRoster({ genesis, state: ended }).isLater(second!, first!))
})
