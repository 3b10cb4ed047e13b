import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verdict } from '../../../src/gossip/index.ts'
import type { ContributionHeader, RoundTerms } from '../../../src/merge/index.ts'
import { charterDigest, mergeSpecOf } from '../../../src/node/charter.ts'
import { CorruptChunkError } from '../../../src/node/errors.ts'
import { createJudge } from '../../../src/node/judge.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import type { NodeStore, StoredContribution } from '../../../src/node/types.ts'
import { sampleCharter, sampleContribution } from './sample-contributions.ts'

const MEMBER = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
const STRANGER = '12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu'
const charter = sampleCharter([{ id: MEMBER, name: 'foundry' }], {
  limits: { maxGenerationLead: 3, maxCount: 500 },
})
const { id, header } = sampleContribution(charter, MEMBER, 2)

interface Judged {
  readonly state: string
  readonly reason: string | null
}

function judgeWith(options: {
  held?: readonly ContributionHeader[]
  validate?: () => Promise<Verdict>
  kept?: StoredContribution
  termsAt?: (round: number) => RoundTerms | undefined | 'ahead'
}): { judge: ReturnType<typeof createJudge>; verdicts: Judged[]; told: Verdict[]; dropped: string[] } {
  const verdicts: Judged[] = []
  const told: Verdict[] = []
  const dropped: string[] = []
  const store = {
    list: () => (options.held ?? []).map((held) => ({ header: held })),
    get: () => options.kept,
    pathsOf: () => [],
    setVerdict: (_id: string, state: string, reason: string | null) => {
      verdicts.push({ state, reason })
      return Promise.resolve()
    },
    dropChunk: (digest: string) => {
      dropped.push(digest)
      return Promise.resolve([])
    },
  } as unknown as NodeStore
  const judge = createJudge({
    charter,
    charterDigest: charterDigest(charter),
    spec: mergeSpecOf(charter),
    store,
    merges: { validate: options.validate ?? (() => Promise.resolve({ kind: 'accept' })) },
    logger: silentLogger(),
    signal: new AbortController().signal,
    ...(options.termsAt && { termsAt: options.termsAt }),
    onVerdict: (_contribution, verdict) => told.push(verdict),
  })
  return { judge, verdicts, told, dropped }
}

const headers: readonly { readonly reason: string; readonly change: Partial<ContributionHeader> }[] = [
  { reason: 'wrong-consortium', change: { consortium: 'ab'.repeat(32) } },
  { reason: 'wrong-charter', change: { charter: 'ab'.repeat(32) } },
  { reason: 'not-a-member', change: { peer: STRANGER } },
  { reason: 'wrong-noise', change: { noise: 0.1 } },
  { reason: 'masked-statistics', change: { masked: true } },
  { reason: 'wrong-frozen-factors', change: { frozen: 'ab'.repeat(32) } },
  { reason: 'wrong-anchor', change: { anchor: 'ab'.repeat(32) } },
  { reason: 'too-many-samples', change: { count: 501, classCounts: [500, 1, 0] } },
  { reason: 'wrong-class-counts', change: { classCounts: [9, 14] } },
  { reason: 'below-floor', change: { count: 7, classCounts: [7, 0, 0] } },
  { reason: 'payload-size', change: { payload: { ...header.payload, size: header.payload.size + 9_999 } } },
]

for (const { reason, change } of headers) {
  test(`a header is rejected for its reason: ${reason}`, () => {
    const { judge } = judgeWith({})
    assert.deepEqual(judge.judgeHeader({ ...header, ...change }), { kind: 'reject', reason })
  })
}

test('a header far ahead of what is here is held until the rest has come', () => {
  const ahead = { ...header, generation: 7 }
  assert.deepEqual(judgeWith({}).judge.judgeHeader(ahead), { kind: 'hold', reason: 'generation-ahead' })
  const { judge } = judgeWith({ held: [{ ...header, generation: 4 }] })
  assert.deepEqual(judge.judgeHeader(ahead), { kind: 'accept' })
})

const kept: StoredContribution = { id, header, state: 'fetching', reason: null }

test('a verdict on a payload is kept before it is told', async () => {
  const good = judgeWith({ kept })
  assert.deepEqual(await good.judge.judgePayload(id), { kind: 'accept' })
  assert.deepEqual(good.verdicts, [{ state: 'admitted', reason: null }])
  const bad = judgeWith({ kept, validate: () => Promise.resolve({ kind: 'reject', reason: 'non-finite' }) })
  assert.deepEqual(await bad.judge.judgePayload(id), { kind: 'reject', reason: 'non-finite' })
  assert.deepEqual(bad.verdicts, [{ state: 'rejected', reason: 'non-finite' }])
  assert.deepEqual(bad.told, [{ kind: 'reject', reason: 'non-finite' }])
})

test('what is settled is not judged a second time', async () => {
  const rejected = judgeWith({
    kept: { ...kept, state: 'rejected', reason: 'indefinite-gram' },
    validate: () => Promise.reject(new Error('judged again')),
  })
  assert.deepEqual(await rejected.judge.judgePayload(id), { kind: 'reject', reason: 'indefinite-gram' })
  assert.deepEqual(rejected.told, [])
})

test('a chunk that rotted is fetched again, and the contribution is not blamed', async () => {
  const validate = (): Promise<Verdict> => Promise.reject(new CorruptChunkError('c0ffee', 'short'))
  const { judge, verdicts, dropped } = judgeWith({ kept, validate })
  assert.deepEqual(await judge.judgePayload(id), { kind: 'hold', reason: 'chunk-corrupt' })
  assert.deepEqual(dropped, ['c0ffee'])
  assert.deepEqual(verdicts, [])
})

test('a contribution to a round that this node has not come to is held, and tried again when it has', async () => {
  const ahead = { ...header, round: 9, phase: 'B' } as const
  const { judge } = judgeWith({ termsAt: () => 'ahead', kept: { ...kept, header: ahead } })
  assert.deepEqual(judge.judgeHeader(ahead), { kind: 'hold', reason: 'round-ahead' })
  assert.deepEqual(await judge.judgePayload(id), { kind: 'hold', reason: 'round-ahead' })
})
