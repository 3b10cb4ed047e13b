import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeEnvelope, generateIdentity, isSignedBy, type Verdict } from '../../../src/gossip/index.ts'
import { mergeSpecOf } from '../../../src/node/charter.ts'
import { openSiteStore } from '../../../src/node/components.ts'
import { homePaths, prepareHome } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { announceOwn, publishDraft, type PublisherInit } from '../../../src/node/publisher.ts'
import { assertFloors, sitePolicy } from '../../../src/node/site-policy.ts'
import type { AssembledContribution, ContributionDraft } from '../../../src/node/assemble-contribution.ts'
import { runJob } from '../../../src/node/merge-jobs.ts'
import { sampleCharter, sampleTensors } from './sample-contributions.ts'

interface Given {
  readonly init: PublisherInit
  readonly announced: Uint8Array[]
  /** What the network and the judgement do next. */
  readonly faults: { network?: Error; verdict?: Verdict }
  readonly draft: (change?: Partial<ContributionDraft>) => ContributionDraft
}

const { signal } = new AbortController()

async function withPublisher(job: (given: Given) => Promise<void>): Promise<void> {
  const paths = homePaths(await mkdtemp(join(tmpdir(), 'peermerge-publish-')))
  await prepareHome(paths)
  const store = await openSiteStore(paths, silentLogger())
  try {
    const identity = await generateIdentity()
    const charter = sampleCharter([{ id: identity.peer, name: 'foundry' }])
    const announced: Uint8Array[] = []
    const faults: Given['faults'] = {}
    const init: PublisherInit = {
      charter,
      identity,
      policy: sitePolicy(mergeSpecOf(charter), { perClass: 6 }),
      store,
      merges: {
        validate: () => Promise.resolve(faults.verdict ?? { kind: 'accept' }),
        assemble: (job) =>
          Promise.resolve().then(() => runJob({ kind: 'assemble', ...job }) as AssembledContribution),
      },
      network: {
        publish: (envelope) => {
          if (faults.network !== undefined) return Promise.reject(faults.network)
          announced.push(envelope)
          return Promise.resolve({ id: '', recipients: 1 })
        },
      },
      onStored: ({ id }) => assert.equal(store.get(id)?.state, 'admitted', 'durable before anybody is told'),
    }
    const draft = (change: Partial<ContributionDraft> = {}): ContributionDraft => {
      const kind = change.kind === 'statistics' ? change.kind : 'adapter'
      const classCounts = change.classCounts ?? [9, 14, 7]
      const count = classCounts.reduce((sum, n) => sum + n, 0)
      const tensors = sampleTensors(charter, kind, classCounts, 'draft')
      const anchor = kind === 'statistics' ? 'a7'.repeat(32) : null
      return { kind, generation: 1, task: null, base: null, anchor, count, classCounts, tensors, ...change }
    }
    await job({ init, announced, faults, draft })
  } finally {
    await store.close()
    await rm(paths.root, { recursive: true, force: true })
  }
}

test('what is published is signed, durable, and numbered without gap', () =>
  withPublisher(async ({ init, announced, draft }) => {
    const first = await publishDraft(init, draft(), signal)
    const second = await publishDraft(init, draft({ kind: 'statistics' }), signal)
    assert.deepEqual([first.header.sequence, second.header.sequence], [1, 2])
    assert.equal(announced.length, 2)
    assert.ok(await isSignedBy(decodeEnvelope(announced[1]!), init.identity.peer))
  }))

test('a site that only listens publishes nothing, whatever asks for it', () =>
  withPublisher(async ({ init, announced, draft }) => {
    const listens = publishDraft({ ...init, config: { contribute: false } }, draft(), signal)
    await assert.rejects(listens, { code: 'ERR_PUBLISH_REFUSED', detail: { reason: 'listens-only' } })
    assert.deepEqual([announced.length, init.store.nextSequence(init.identity.peer)], [0, 1])
  }))

test('a break between disk and network costs nothing: the number is used up, the rest is announced at the next start', () =>
  withPublisher(async ({ init, announced, faults, draft }) => {
    faults.network = new Error('down')
    await assert.rejects(publishDraft(init, draft(), signal), { message: 'down' })
    assert.equal(init.store.nextSequence(init.identity.peer), 2)
    delete faults.network
    await announceOwn(init, init.identity.peer)
    assert.deepEqual(announced, [await init.store.getEnvelope(init.store.list('admitted')[0]!.id)])
  }))

test('what the others would reject is not published and uses no number', () =>
  withPublisher(async ({ init, announced, faults, draft }) => {
    faults.verdict = { kind: 'reject', reason: 'indefinite-gram' }
    await assert.rejects(publishDraft(init, draft(), signal), {
      code: 'ERR_PUBLISH_REFUSED',
      message: /^not published \(indefinite-gram\)/,
    })
    assert.equal(init.store.nextSequence(init.identity.peer), 1)
    assert.deepEqual(announced, [])
  }))

test('the floors of the site hold, where they are stricter than the charter', () =>
  withPublisher(async ({ init, draft }) => {
    const refused = {
      code: 'ERR_PUBLISH_REFUSED',
      message: /below-floor.*5 samples of class "pore".*6 or none/,
    }
    await assert.rejects(
      publishDraft(init, draft({ kind: 'statistics', classCounts: [20, 5, 0] }), signal),
      refused,
    )
    await assert.rejects(publishDraft(init, draft({ classCounts: [8, 7, 0] }), signal), {
      message: /15 samples, statistics need at least 16/,
    })
    await publishDraft(init, draft({ kind: 'statistics', classCounts: [20, 6, 0] }), signal)
  }))

test('numbers that are not finite never leave', () =>
  withPublisher(async ({ init, announced, draft }) => {
    const { tensors, ...rest } = draft()
    const [name, tensor] = [...tensors][0]!
    const data = Float32Array.from(tensor.data)
    data[1] = Number.NaN
    const broken = { ...rest, tensors: new Map(tensors).set(name, { ...tensor, data }) }
    await assert.rejects(publishDraft(init, broken, signal), {
      message: /non-finite.*entry 1 is NaN.*learning rate/,
    })
    assert.deepEqual(announced, [])
  }))

test('an adapter without Grams of its own needs the floor where it carries that of the classifier', () =>
  withPublisher(({ init, draft }) => {
    const few = draft({ classCounts: [8, 7, 0] })
    const mean = { ...mergeSpecOf(init.charter), rule: 'mean', grams: undefined } as const
    assertFloors({ ...mean, classifier: { rule: 'counts' } }, init.policy, few)
    assert.throws(() => assertFloors({ ...mean, classifier: { rule: 'affine' } }, init.policy, few), {
      message: /15 samples, statistics need at least 16/,
    })
    return Promise.resolve()
  }))
