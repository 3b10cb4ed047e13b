import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cut } from '../../../../src/gossip/index.ts'
import {
  afterRound,
  firstChain,
  formatAgenda,
  modelInUse,
  type Agenda,
  type ContributionView,
  type MergeResult,
} from '../../../../src/merge/index.ts'
import { CorruptChunkError } from '../../../../src/node/errors.ts'
import { StagedMerge, type StagedMergeInit } from '../../../../src/node/staged/staged-merge.ts'
import type { MergeSummary, NodeStore, StoredContribution } from '../../../../src/node/types.ts'
import { waitFor } from '../../../helpers/wait-for.ts'
import { CHARTER, TASK, withTask } from '../../merge/fixtures.ts'
import { contributed, SITES, stagedSpec, Walk } from '../../merge/staged/two-sites.ts'

const spec = withTask(stagedSpec())
const context = { charter: CHARTER }

interface Round {
  readonly ids: readonly string[]
  readonly next: Agenda
}

/** A task of three rounds, nothing, and the first round of another task. */
function history(): { readonly walk: Walk; readonly rounds: Round[]; readonly late: ContributionView } {
  const walk = new Walk(firstChain(spec))
  const late = contributed(spec, walk.chain, 'peer-late')
  const nexts: Agenda[] = [
    { task: null, step: 1 },
    { task: null, step: 2 },
    null,
    { task: TASK, step: 0 },
    { task: TASK, step: 1 },
  ]
  const rounds = nexts.map((next) => {
    const ids = walk.chain.agenda === null ? (walk.step(spec, next, []), []) : walk.all(spec, next, SITES)
    return { ids: ids.map((view) => view.id), next }
  })
  return { walk, rounds, late }
}

/** A site to which contributions and decisions come one by one. */
class Site {
  readonly #controller = new AbortController()
  readonly here = new Map<string, StoredContribution>()
  readonly views: ReadonlyMap<string, ContributionView>
  readonly decided: Round[] = []
  readonly told: MergeSummary[] = []
  readonly problems: unknown[] = []
  readonly known: string[][] = []
  readonly dropped: string[] = []
  readonly rotten = new Set<string>()
  rounds = 0
  fails: Error | undefined
  readonly merge: StagedMerge

  constructor(views: Iterable<ContributionView>, change: Partial<StagedMergeInit> = {}) {
    this.views = new Map([...views].map((view) => [view.id, view]))
    this.merge = new StagedMerge({
      spec,
      store: this.#store(),
      signal: this.#controller.signal,
      rounds: () => ({ decided: (round) => Promise.resolve(this.#cut(round)) }),
      merges: {
        round: ({ chain, contributions, next }) =>
          this.#work(contributions, (views) => afterRound(spec, context, chain, views, next)),
        model: ({ chain, statistics, grams }) =>
          this.#work([...statistics, ...grams], () =>
            modelInUse(spec, context, chain, { statistics: [], open: (id) => this.views.get(id)! }),
          ),
      },
      statistics: () => [],
      save: () => Promise.resolve(),
      afterMerge: (_result, known) => {
        this.known.push(known.map(({ id }) => id))
        return Promise.resolve()
      },
      onRound: () => (this.rounds += 1),
      onMerged: (summary) => this.told.push(summary),
      onProblem: (error) => this.problems.push(error),
      ...change,
    })
  }

  arrives(...ids: readonly string[]): void {
    for (const id of ids) this.here.set(id, { id, header: this.views.get(id)!.header, state: 'admitted', reason: null }) // prettier-ignore
  }

  async settles(): Promise<void> {
    this.merge.request()
    await this.merge.idle()
  }

  stop(): void {
    this.#controller.abort()
  }

  async #work<T>(
    contributions: readonly { readonly id: string }[],
    job: (views: ContributionView[]) => T,
  ): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve))
    if (this.fails !== undefined) throw this.fails
    for (const { id } of contributions) {
      if (this.rotten.has(id)) throw new CorruptChunkError(id, 'the file holds other bytes')
    }
    return job(contributions.map(({ id }) => this.views.get(id)!))
  }

  #cut(round: number): { cut: Cut; digest: string } | null {
    const decided = this.decided[round]
    if (decided === undefined) return null
    return { cut: { contributions: decided.ids, agenda: formatAgenda(decided.next) } as unknown as Cut, digest: '' } // prettier-ignore
  }

  #store(): NodeStore {
    return {
      get: (id: string) => this.here.get(id),
      list: (state: string) => [...this.here.values()].filter((one) => one.state === state),
      pathsOf: () => [],
      dropChunk: (digest: string) => {
        this.dropped.push(digest)
        this.here.set(digest, { ...this.here.get(digest)!, state: 'fetching' })
        return Promise.resolve([digest])
      },
    } as unknown as NodeStore
  }
}

async function withSite(
  work: (site: Site, past: ReturnType<typeof history>) => Promise<void>,
): Promise<void> {
  const past = history()
  const site = new Site([...past.walk.views.values(), past.late])
  try {
    await work(site, past)
  } finally {
    site.stop()
  }
}

const expected = (walk: Walk): MergeResult => walk.inUse(spec)

test('decided cuts lead to the chain and the model in use, one round after the other', () =>
  withSite(async (site, { walk, rounds }) => {
    for (const { ids, next } of rounds) {
      site.arrives(...ids)
      site.decided.push({ ids, next })
      await site.settles()
      assert.equal(site.merge.isCurrent, true)
    }
    assert.deepEqual(site.merge.chain, walk.chain)
    assert.equal(site.merge.newest?.summary.digest, expected(walk).digests.merge)
    assert.equal(site.rounds, rounds.length)
    assert.deepEqual(site.problems, [])
  }))

test('a cut whose contributions are not all here waits, says how many, and goes on when they are', () =>
  withSite(async (site, { rounds }) => {
    const [first] = rounds
    const [one, two] = first!.ids
    site.decided.push(first!)
    await site.settles()
    assert.deepEqual([site.merge.missing, site.merge.isCurrent, site.merge.chain.round], [2, false, 0])
    site.arrives(one!)
    await site.settles()
    assert.equal(site.merge.missing, 1)
    assert.equal(site.merge.newest, undefined)
    site.arrives(two!)
    await site.settles()
    assert.deepEqual([site.merge.missing, site.merge.isCurrent, site.merge.chain.round], [0, true, 1])
  }))

test('a restart walks through all rounds again to the same digests, whatever order they came in', () =>
  withSite(async (site, { walk, rounds }) => {
    site.decided.push(...rounds)
    site.arrives(...[...walk.views.keys()].reverse())
    await site.settles()
    assert.equal(site.merge.newest?.summary.digest, expected(walk).digests.merge)
    assert.equal(site.told.length, 1, 'only the last model is made')
  }))

test('a restart that lacks a contribution uses what came before it, and says that it lacks one', () =>
  withSite(async (site, { walk, rounds }) => {
    site.decided.push(...rounds)
    const [lost] = rounds[1]!.ids
    site.arrives(...[...walk.views.keys()].filter((id) => id !== lost))
    await site.settles()
    assert.equal(site.merge.newest?.result.generation, 1)
    assert.deepEqual([site.merge.missing, site.merge.isCurrent], [1, false])
    site.arrives(lost!)
    await site.settles()
    assert.equal(site.merge.newest.summary.digest, expected(walk).digests.merge)
  }))

test('a contribution to a past round changes nothing, and nothing lets go of what is in a cut', () =>
  withSite(async (site, { walk, rounds, late }) => {
    site.decided.push(...rounds)
    site.arrives(...walk.views.keys(), late.id)
    await site.settles()
    assert.equal(site.merge.newest?.summary.digest, expected(walk).digests.merge)
    assert.equal(site.merge.newest.summary.cut.includes(late.id), false)
    assert.equal(site.merge.newest.summary.known, walk.views.size + 1)
    assert.equal(
      site.known.flat().includes(late.id),
      false,
      'it is not superseded: it would be fetched again',
    )
  }))

test('a rotten chunk puts its contribution aside, and the round waits until it is here again', () =>
  withSite(async (site, { rounds }) => {
    const [first] = rounds
    const [bad] = first!.ids
    site.decided.push(first!)
    site.arrives(...first!.ids)
    site.rotten.add(bad!)
    await site.settles()
    assert.deepEqual([site.dropped, site.merge.missing, site.merge.chain.round], [[bad], 1, 0])
    site.rotten.clear()
    site.arrives(bad!)
    await site.settles()
    assert.equal(site.merge.chain.round, 1)
    assert.deepEqual(site.problems, [])
  }))

test('a rotten chunk of the end of a task is dropped once, and the model waits for it', () =>
  withSite(async (site, { walk, rounds }) => {
    site.decided.push(...rounds.slice(0, 3))
    site.arrives(...walk.views.keys())
    await site.settles()
    const before = site.merge.newest!.summary.digest
    const [end] = rounds[2]!.ids
    site.rotten.add(end!)
    site.decided.push(...rounds.slice(3))
    await site.settles()
    assert.deepEqual([site.dropped, site.merge.chain.round], [[end], 5])
    assert.deepEqual([site.merge.isCurrent, site.merge.newest!.summary.digest], [false, before])
    site.rotten.clear()
    site.arrives(end!)
    await site.settles()
    assert.equal(site.merge.newest!.summary.digest, expected(walk).digests.merge)
    assert.equal(site.merge.isCurrent, true)
  }))

test('a failure is told, leaves the last merge standing, and is tried again by itself', () =>
  withSite(async (site, { rounds }) => {
    site.decided.push(rounds[0]!)
    site.arrives(...rounds[0]!.ids)
    site.fails = new Error('no memory')
    await site.settles()
    assert.deepEqual([site.problems, site.merge.isCurrent], [[site.fails], false])
    site.fails = undefined
    await waitFor('it is tried again', 20_000, () => (site.merge.chain.round === 1 ? true : undefined))
  }))

test('what contributions to a round must say is known up to the round under way', () =>
  withSite(async (site, { rounds, walk }) => {
    assert.equal((site.merge.termsAt(0) as { phase: string }).phase, 'B')
    assert.equal(site.merge.termsAt(1), 'ahead')
    site.decided.push(...rounds)
    site.arrives(...walk.views.keys())
    await site.settles()
    assert.equal(site.merge.termsAt(3), undefined, 'a round about nothing')
    assert.equal((site.merge.termsAt(4) as { task: string }).task, TASK)
    assert.equal(site.merge.termsAt(6), 'ahead')
  }))
