import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import { mergeSpecOf } from '../../../../src/node/charter.ts'
import { PublishRefusedError } from '../../../../src/node/errors.ts'
import { ContinuousWork, type ContinuousWorkInit } from '../../../../src/node/schedule/continuous-work.ts'
import type { Work } from '../../../../src/node/schedule/schedule-loop.ts'
import { sampleCharter } from '../sample-contributions.ts'

/** A site by itself, before there is a merge. */
async function alone(): Promise<ContinuousWork> {
  const { peer } = await generateIdentity()
  const members = [{ id: peer, name: 'anvil' }]
  const charter = sampleCharter(members)
  const init = {
    site: {
      spec: mergeSpecOf(charter),
      charter,
      charterDigest: 'c',
      config: { contribute: true, data: '/samples', pacing: { waitFor: 'connected', patienceMs: 10 } },
      identity: { peer },
      roster: { members, counting: (kept: unknown) => kept },
      ledger: { state: { tasks: new Map(), charters: ['c'] } },
    },
    store: { list: () => [] },
    network: { connections: () => [] },
    merge: { newest: undefined, isCurrent: true },
    training: {},
    now: () => 0,
    signal: new AbortController().signal,
    settleUntil: () => null,
  }
  return new ContinuousWork(init as unknown as ContinuousWorkInit)
}

test('what a policy has kept at home is made again under another one', async () => {
  const work = await alone()
  const training = work.decide()
  assert.equal(training.kind, 'train')
  work.gaveUp(training, new PublishRefusedError('below-policy-floor', '3 samples'))
  const given = work.decide()
  assert.equal(given.kind, 'stuck')
  assert.match(given.text, /3 samples; tried again when the merge or policy\.json changes/)
  work.policyChanged()
  assert.equal(work.decide().kind, 'train')
})

test('of what a person has refused another is made, and it is not said that a restart would do', async () => {
  const work = await alone()
  work.gaveUp(work.decide() as Work, new PublishRefusedError('refused', 'A. Novak has refused it'))
  assert.match(work.decide().text, /has refused it; another is made when the merge changes$/)
})
