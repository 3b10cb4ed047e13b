import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import { contributionId, encodeHeader } from '../../../../src/merge/index.ts'
import type { AssembledContribution, ContributionDraft } from '../../../../src/node/assemble-contribution.ts'
import { charterDigest, mergeSpecOf } from '../../../../src/node/charter.ts'
import { openSiteStore } from '../../../../src/node/components.ts'
import { homePaths, prepareHome, type HomePaths } from '../../../../src/node/home.ts'
import { silentLogger } from '../../../../src/node/logger.ts'
import { runJob } from '../../../../src/node/merge-jobs.ts'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import { decideAtHome } from '../../../../src/node/outbox/decide-at-home.ts'
import { Departures } from '../../../../src/node/outbox/departures.ts'
import { OutboxDesk } from '../../../../src/node/outbox/outbox-desk.ts'
import { renderShown } from '../../../../src/node/outbox/render-outbox.ts'
import { showHeld } from '../../../../src/node/outbox/show-held.ts'
import { policySchema } from '../../../../src/node/policy/policy-schema.ts'
import { NOT_QUIET } from '../../../../src/node/policy/quiet-hours.ts'
import { publishDraft, type PublisherInit } from '../../../../src/node/publisher.ts'
import { sitePolicy } from '../../../../src/node/site-policy.ts'
import type { NodeStore } from '../../../../src/node/types.ts'
import { sampleCharter, sampleTensors } from '../sample-contributions.ts'

const { signal } = new AbortController()
const policy = policySchema.parse({ v: 1, outbox: true })

interface Site {
  readonly paths: HomePaths
  readonly store: NodeStore
  readonly init: PublisherInit
  /** Envelopes that the network was given. */
  readonly announced: Uint8Array[]
  readonly events: NodeEvent[]
  /** What happens next: the number that others have seen, a crash after the store and before the network. */
  readonly faults: {
    nextNumber?: number
    network?: Error
    charter?: string
    round?: 'over' | 'ahead'
    listens?: boolean
  }
  /** As a process that starts finds the outbox. */
  readonly open: () => Promise<{ desk: OutboxDesk; departures: Departures }>
  readonly draft: () => ContributionDraft
}

async function withSite(job: (site: Site) => Promise<void>): Promise<void> {
  const paths = homePaths(await mkdtemp(join(tmpdir(), 'peermerge-outbox-')))
  await prepareHome(paths)
  const store = await openSiteStore(paths, silentLogger())
  try {
    const identity = await generateIdentity()
    const charter = sampleCharter([{ id: identity.peer, name: 'foundry' }])
    const announced: Uint8Array[] = []
    const events: NodeEvent[] = []
    const faults: Site['faults'] = {}
    const init: PublisherInit = {
      charter,
      spec: mergeSpecOf(charter),
      identity,
      policy: sitePolicy(mergeSpecOf(charter), {}, policy),
      store,
      merges: {
        validate: () => Promise.resolve({ kind: 'accept' }),
        assemble: (asked) =>
          Promise.resolve().then(() => runJob({ kind: 'assemble', ...asked }) as AssembledContribution),
      },
      network: {
        publish: (envelope) => {
          if (faults.network !== undefined) return Promise.reject(faults.network)
          announced.push(envelope)
          return Promise.resolve({ id: '', recipients: 1 })
        },
      },
      nextNumber: () => Promise.resolve(Math.max(store.nextSequence(identity.peer), faults.nextNumber ?? 0)),
      onStored: () => undefined,
    }
    const open: Site['open'] = async () => {
      const hub = { emit: (event: NodeEvent) => void events.push(event) }
      const problems = { failed: (_: string, error: unknown) => assert.fail(String(error)) }
      const desk = await OutboxDesk.open({ paths, hub, problems, wallNow: () => 1_000 + events.length })
      await desk.follow(() => undefined)
      const departures = new Departures({
        outbox: desk,
        policy: { policy, problem: null, quiet: NOT_QUIET },
        contributes: faults.listens !== true,
        charter: faults.charter ?? charterDigest(charter),
        publisher: () => init,
        termsOf: () => faults.round ?? assert.fail(),
        about: () => ({ classes: ['a', 'b', 'c'], clipping: 1 }),
      })
      return { desk, departures }
    }
    const classCounts = [9, 14, 7]
    const draft = (): ContributionDraft => ({
      kind: 'adapter',
      generation: 1,
      task: null,
      base: null,
      anchor: null,
      count: 30,
      classCounts,
      tensors: sampleTensors(charter, 'adapter', classCounts, 'draft'),
    })
    await job({ paths, store, init, announced, events, faults, open, draft })
  } finally {
    await store.close()
    await rm(paths.root, { recursive: true, force: true })
  }
}

const word = { by: 'A. Novak', reason: 'agreed on in March' }

test('what is held is neither in the store nor told, and no way around the outbox is open', () =>
  withSite(async ({ init, store, announced, events, draft, open }) => {
    await assert.rejects(publishDraft(init, draft(), signal), { message: /not-released/ })
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    const statistics = store.statistics()
    assert.deepEqual([statistics.admitted, statistics.fetching, statistics.blocks], [0, 0, 0])
    assert.deepEqual(announced, [])
    assert.equal(store.nextSequence(init.identity.peer), 1, 'its number is still free')
    assert.deepEqual(events.map((event) => event.type === 'outbox' && event.state), ['held']) // prettier-ignore
    const decision = departures.next()
    assert.equal(decision?.kind, 'wait')
    assert.match(decision.text, /held in the outbox: adapter 1 \([0-9a-f]{12}\)/)
    assert.equal(desk.list('held').length, 1)
  }))

test('released it leaves, the very bytes that were held, once; its record goes', () =>
  withSite(async ({ paths, store, announced, events, draft, open }) => {
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    const { id } = desk.list('held')[0]!
    await assert.rejects(desk.decide('0000', 'released', word), { code: 'ERR_OUTBOX', message: new RegExp(id.slice(0, 12)) }) // prettier-ignore
    await desk.decide(id.slice(0, 8), 'released', word)
    await assert.rejects(desk.decide(id, 'refused', word), { code: 'ERR_OUTBOX', message: /nothing is held/ })
    assert.deepEqual(departures.next(), { kind: 'publish', text: `publishing adapter 1 (${id.slice(0, 12)}), which was released`, id }) // prettier-ignore
    await departures.publish(id, signal)
    assert.equal(store.get(id)?.state, 'admitted')
    assert.equal(announced.length, 1)
    assert.equal(departures.next(), undefined)
    assert.deepEqual(
      (await readdir(paths.outbox)).filter((name) => name !== 'blocks'),
      [],
    )
    const released = events.find((event) => event.type === 'outbox' && event.state === 'released')
    assert.deepEqual(released, { ...released, ...word, id })
    await departures.publish(id, signal) // a second time does nothing
    assert.equal(announced.length, 1)
  }))

test('a crash after the word, and one between store and network, cost nothing and double nothing', () =>
  withSite(async ({ store, announced, faults, draft, open }) => {
    const first = await open()
    await first.departures.send(draft(), 'work', signal)
    const { id } = first.desk.list('held')[0]!
    await first.desk.decide(id, 'released', word)
    const second = await open() // as after kill -9
    assert.equal(second.departures.next()?.kind, 'publish')
    faults.network = new Error('gone')
    await assert.rejects(second.departures.publish(id, signal), { message: 'gone' })
    assert.equal(second.departures.next()?.kind, 'stuck', 'not again and again')
    second.departures.policyChanged()
    assert.equal(second.departures.next()?.kind, 'publish', 'another policy may let it out')
    delete faults.network
    const third = await open()
    await third.departures.publish(id, signal)
    assert.equal(store.list('admitted').length, 1)
    assert.equal(announced.length, 1)
    assert.equal((await open()).departures.next(), undefined)
  }))

test('a site that only listens lets nothing go, and keeps what was released until it contributes again', () =>
  withSite(async ({ faults, draft, open }) => {
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    await desk.decide(desk.list('held')[0]!.id, 'released', word)
    faults.listens = true
    assert.equal((await open()).departures.next(), undefined)
    faults.listens = false
    assert.equal((await open()).departures.next()?.kind, 'publish')
  }))

test('a number that others have seen meanwhile is not signed a second time', () =>
  withSite(async ({ store, faults, draft, open }) => {
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    const { id } = desk.list('held')[0]!
    await desk.decide(id, 'released', word)
    faults.nextNumber = 40 // this home is an old copy of itself
    await departures.publish(id, signal)
    assert.deepEqual(store.list('admitted').map(({ header }) => header.sequence), [40]) // prettier-ignore
  }))

test('what was refused never leaves, is not made again of the same, and keeps no number', () =>
  withSite(async ({ paths, store, init, announced, events, draft, open }) => {
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    const { id } = desk.list('held')[0]!
    await desk.decide(id, 'refused', word)
    for (const { departures: now } of [{ departures }, await open()]) {
      assert.equal(now.next(), undefined)
      assert.match(now.refusal('work')!.message, /A\. Novak has refused it in the outbox: agreed on/)
      assert.equal(now.refusal('other work'), undefined)
    }
    assert.deepEqual(announced, [])
    assert.equal(store.nextSequence(init.identity.peer), 1)
    const chunks = (await readdir(join(paths.outbox, 'blocks'), { recursive: true })).filter((name) => /[0-9a-f]{64}$/.test(name)) // prettier-ignore
    assert.deepEqual(chunks, [], 'its payload is deleted')
    assert.equal(events.filter((event) => event.type === 'outbox' && event.state === 'refused').length, 1) // prettier-ignore
  }))

test('a word that was given while no node ran is found and told at the next start', () =>
  withSite(async ({ paths, events, draft, open }) => {
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    const { id } = desk.list('held')[0]!
    const shown = await showHeld(paths, id.slice(0, 8))
    assert.deepEqual(shown.tensors?.map(({ name }) => name).includes('classifier/weight'), true)
    assert.match(renderShown(shown), /30 samples by class: a 9, b 14, c 7/)
    const command = { command: 'outbox-release', id: id.slice(0, 8), ...word } as const
    const report = await decideAtHome(paths, command, { signal, wallNow: () => 5 })
    assert.deepEqual([report.state, report.by], ['released', word.by])
    events.length = 0
    const next = await open()
    assert.equal(next.departures.next()?.kind, 'publish')
    assert.deepEqual(events.map((event) => event.type === 'outbox' && [event.state, event.by]), [['released', word.by]]) // prettier-ignore
    await open()
    assert.equal(events.length, 1, 'told once')
  }))

/** Resolves when as many have lapsed, and that is told. */
async function lapsed(desk: OutboxDesk, count: number): Promise<void> {
  while (desk.list('lapsed').filter(({ isTold }) => isTold).length < count)
    await new Promise((resolve) => setImmediate(resolve))
}

test('what is of no use any more lapses: under another charter, in a round that is over', () =>
  withSite(async ({ faults, draft, open, events }) => {
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    const { header } = desk.list('held')[0]!
    const inRound = { ...header, sequence: 2, round: 3, phase: 'B' as const }
    const headerBytes = encodeHeader(inRound)
    const id = contributionId(headerBytes)
    await desk.hold({ id, header: inRound, headerBytes }, { work: 'round', classes: [], clipping: 'none' })
    faults.charter = 'c0'.repeat(32)
    const amended = await open()
    assert.equal(amended.departures.next(), undefined)
    await lapsed(amended.desk, 2)
    assert.equal((await open()).departures.next(), undefined)
    const told = events.flatMap((event) => (event.type === 'outbox' && event.state === 'lapsed' ? [[event.by, event.reason]] : [])) // prettier-ignore
    assert.deepEqual(told, Array(2).fill([null, 'the members go by another charter now']))
  }))

test('one of a round that is decided lapses, and one that is ahead of the rounds merged here waits for them', () =>
  withSite(async ({ faults, draft, open }) => {
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    const first = desk.list('held')[0]!
    const inRound = { ...first.header, sequence: 2, round: 3, phase: 'B' as const }
    const headerBytes = encodeHeader(inRound)
    const id = contributionId(headerBytes)
    await desk.hold({ id, header: inRound, headerBytes }, { work: 'round', classes: [], clipping: 'none' })
    await desk.decide(first.id, 'refused', word)
    await desk.decide(id, 'released', word)
    faults.round = 'ahead'
    assert.match(departures.next()!.text, /waits for the rounds before it/)
    faults.round = 'over'
    assert.equal(departures.next(), undefined)
    await lapsed(desk, 1)
    assert.match(desk.list('lapsed')[0]!.decision!.reason, /round 3 was decided without it/)
  }))

test('a damaged payload is not published, and a damaged record is named', () =>
  withSite(async ({ paths, store, draft, open }) => {
    const { desk, departures } = await open()
    await departures.send(draft(), 'work', signal)
    const item = desk.list('held')[0]!
    await writeFile(desk.pathsOf(item.header.payload.chunks)[0]!, 'rot')
    await desk.decide(item.id, 'released', word)
    await assert.rejects(departures.publish(item.id, signal), { code: 'ERR_CHUNK_CORRUPT' })
    assert.equal(store.list('admitted').length, 0)
    await writeFile(join(paths.outbox, `${item.id}.json`), '{"v":1}')
    await assert.rejects(open(), { code: 'ERR_INVALID_FILE' })
  }))
