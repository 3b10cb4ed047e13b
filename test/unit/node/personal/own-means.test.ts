import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OwnClassifierInit, Tensor } from '../../../../src/merge/index.ts'
import type { EvaluatedModel, SiteTrainer } from '../../../../src/training/index.ts'
import { describeEvent } from '../../../../src/node/describe-event.ts'
import { homePaths } from '../../../../src/node/home.ts'
import type { NewestMerge } from '../../../../src/node/merge-source.ts'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import { loadPersonal } from '../../../../src/node/personal/personal-file.ts'
import { OwnMeans, type OwnMeansInit } from '../../../../src/node/personal/own-means.ts'
import { renderServing } from '../../../../src/node/serving/render-choices.ts'
import { readServing, servedFile } from '../../../../src/node/serving/served-model.ts'
import { ServingDesk, type ServingDeskInit } from '../../../../src/node/serving/serving-desk.ts'
import { servingSchema } from '../../../../src/node/serving/serving-rules.ts'
import { reportServing } from '../../../../src/node/status/served-report.ts'

const HELD_OUT = 60
const tensor = (...data: number[]): Tensor => ({ shape: [data.length], data: Float32Array.from(data) })
const ADAPTER = { kind: 'lora', rank: 1, alpha: 1, trains: 'AB', seed: 's' } as const

/** A model whose number is how many held-out samples it has right. */
const model = (right: number): EvaluatedModel => ({
  adapter: new Map([['adapter/m', tensor(1)]]),
  classifier: { weight: tensor(right), bias: tensor(0) },
})

const resultOf = ({ classifier }: EvaluatedModel) => {
  const correct = classifier.weight.data[0]!
  const right = Uint8Array.from({ length: HELD_OUT }, (_, i) => Number(i < correct))
  return { correct, count: HELD_OUT, perClass: [{ correct, count: HELD_OUT }], right }
}

interface Given {
  readonly config?: object
  readonly heldOut?: number
  readonly trained?: number
  readonly prior?: 'shares'
}

/** A site of which everything is real but trainer and merges: each merge has the right answers it is said to have, and so have own means of it. */
async function site({ config = {}, heldOut = HELD_OUT, trained = 100, prior }: Given = {}) {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-means-'))
  const paths = homePaths(root)
  await mkdir(paths.merges)
  const events: NodeEvent[] = []
  const problems: string[] = []
  let own: number | null = 0
  const settings = {
    contribute: true,
    data: '/samples',
    trainFraction: 0.7,
    scoreMerges: true,
    serving: servingSchema.parse({}),
    ...config,
  }
  const features = { shape: [2, 1], data: Float32Array.of(1, 2) }
  const asked: unknown[] = []
  const one = {
    sites: [{ heldOut: { classCounts: [heldOut] }, train: { count: trained } }],
    features: (_adapter: unknown, split: string, { samples }: { samples: readonly number[] }) => {
      asked.push([split, samples])
      return Promise.resolve({ features, labels: [0, 0] })
    },
  } as unknown as SiteTrainer
  const trainer = { use: (_: AbortSignal, job: (trainer: SiteTrainer, work: object) => unknown) => job(one, {}) } // prettier-ignore
  const common = {
    site: {
      paths,
      config: settings,
      charter: { personal: { method: 'means' } },
      spec: { adapter: ADAPTER, classes: ['crack'], modules: [] },
      identity: { peer: 'foundry' },
      roster: { members: [{ id: 'mill', name: 'mill' }], former: [] },
    },
    trainer,
    results: { evaluate: (_: unknown, models: readonly EvaluatedModel[]) => Promise.resolve(models.map(resultOf)), say: () => undefined }, // prettier-ignore
    hub: { emit: (event: NodeEvent) => events.push(event) },
    problems: { add: (code: string) => problems.push(code), failed: (_: string, error: unknown) => assert.fail(String(error)) }, // prettier-ignore
    signal: new AbortController().signal,
    wallNow: () => 0,
  }
  const init = {
    ...common,
    serving: new ServingDesk(common as unknown as ServingDeskInit),
    store: { get: (id: string) => ({ id, header: { kind: 'statistics', peer: id, payload: { chunks: [] } } }), pathsOf: () => [] }, // prettier-ignore
    merges: {
      own: (job: { readonly own: OwnClassifierInit }) => {
        asked.push(job.own)
        const temperature = job.own.samples === undefined ? null : 3
        return Promise.resolve(own === null ? null : { classifier: model(own).classifier, strength: 16, temperature, anchor: 'a', ids: ['mill'] }) // prettier-ignore
      },
    },
    rules: { method: 'means', ...(prior && { prior }) },
  } as unknown as OwnMeansInit
  const means = new OwnMeans(init)
  return {
    means,
    events,
    asked,
    file: paths.personal,
    problems,
    /** A new merge, and the own means of it. @returns what is served then */
    merged: async (number: number, right: { readonly merge: number; readonly own: number | null }) => {
      own = right.own
      const digest = String(number).repeat(64)
      const result = { ...model(right.merge), adapterSpec: ADAPTER }
      await writeFile(join(paths.merges, `${digest}.safetensors`), `merge ${number}`)
      await means.renew({ result, summary: { digest, cut: ['mill'] } } as unknown as NewestMerge)
      return await readServing(paths.served)
    },
    served: paths.served,
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

test('where own class means have fewer right than the merge’s classifier the merge is served in their place, and own means again once they have as many', async () => {
  const { merged, events, served, remove } = await site()
  try {
    const first = (await merged(1, { merge: 40, own: 38 }))!
    assert.deepEqual([first.current.kind, first.current.digest, first.follows], ['merged', '1'.repeat(64), 'personal']) // prettier-ignore
    assert.match(
      first.current.reason,
      /40 of 60 held-out samples right.*in place of own class means, which have 38/,
    )
    assert.match(renderServing(first), /served: the merge 1{64} since .* in place of the own model, which got fewer right; newer ones of personal may/) // prettier-ignore
    assert.equal(reportServing({ serving: first, candidate: undefined }, undefined).served!.standsIn, true)
    const [candidate, told] = events
    assert.ok(candidate?.type === 'candidate' && candidate.adopted && candidate.kind === 'merged')
    assert.deepEqual(told, { type: 'personal', samples: 60, personal: 38, merged: 40, others: ['mill'], renewal: null, offered: 'merged' }) // prettier-ignore
    assert.equal(describeEvent(told), 'own model, with mill: 38 of 60 held-out samples right, the merge 40, which is offered in its place') // prettier-ignore

    const second = (await merged(2, { merge: 42, own: 41 }))!
    assert.deepEqual([second.current.digest, second.follows], ['2'.repeat(64), 'personal'], 'a newer merge that is better') // prettier-ignore
    const third = (await merged(3, { merge: 43, own: 43 }))!
    assert.deepEqual([third.current.kind, third.follows, third.current.heldOut], ['personal', 'personal', { correct: 43, count: 60 }]) // prettier-ignore
    assert.equal(servedFile(served, third.current).endsWith(`${third.current.digest}.safetensors`), true)
    assert.deepEqual(await merged(4, { merge: 42, own: 30 }), third, 'neither is as good as what is served')
  } finally {
    await remove()
  }
})

test('a merge that counts no statistics of this site is offered itself', async () => {
  const { merged, remove } = await site()
  try {
    assert.equal((await merged(1, { merge: 36, own: 38 }))!.current.kind, 'personal')
    const { current, follows } = (await merged(2, { merge: 55, own: null }))!
    assert.deepEqual([current.kind, current.digest, follows], ['merged', '2'.repeat(64), 'personal'])
    assert.match(current.reason, /counts no statistics of this site/)
  } finally {
    await remove()
  }
})

test('what a person has chosen is left alone', async () => {
  const { merged, served, remove } = await site()
  try {
    const { current } = (await merged(1, { merge: 40, own: 45 }))!
    await writeFile(join(served, 'serving.json'), JSON.stringify({ v: 1, follows: 'nothing', current: { ...current, by: 'person' }, earlier: [] })) // prettier-ignore
    const stays = await merged(2, { merge: 50, own: 45 })
    assert.deepEqual([stays!.current.digest, stays!.follows], [current.digest, 'nothing'])
  } finally {
    await remove()
  }
})

for (const [what, given] of Object.entries({
  'settings hold nothing out': { config: { trainFraction: 1 }, heldOut: 0 },
  'merges are not scored': { config: { scoreMerges: false } },
  'no sample of the classes is held out': { heldOut: 0 },
} satisfies Record<string, Given>))
  test(`where ${what} it is said, once, that nothing was compared`, async () => {
    const { means, merged, problems, events, remove } = await site(given)
    try {
      means.open()
      if (given.heldOut === 0) assert.equal(await merged(1, { merge: 40, own: 38 }), undefined)
      if (given.heldOut === 0) await merged(2, { merge: 40, own: 38 })
      assert.deepEqual([problems, events], [['means-not-compared'], []])
    } finally {
      await remove()
    }
  })

test('where class shares count, own samples spread over all there are are measured under the merge’s adapter; without any, shares do not count', async () => {
  const many = await site({ trained: 1024, prior: 'shares' })
  const none = await site({ trained: 0, prior: 'shares' })
  const level = await site()
  try {
    for (const one of [many, none, level]) await one.merged(1, { merge: 40, own: 40 })
    const [measured, job] = many.asked as [[string, number[]], OwnClassifierInit]
    assert.deepEqual([measured[0], measured[1].length, measured[1].slice(0, 3), measured[1].at(-1)], ['train', 512, [0, 2, 4], 1022]) // prettier-ignore
    assert.deepEqual([job.peer, job.strength, [...job.samples!.features.data]], ['foundry', undefined, [1, 2]]) // prettier-ignore
    const kept = await Promise.all([many, none, level].map(({ file }) => loadPersonal(file)))
    assert.deepEqual(kept.map((one) => one?.method === 'means' && one.temperature), [3, null, null]) // prettier-ignore
    assert.deepEqual([none.asked.length, level.asked.length], [1, 1], 'nothing is measured')
  } finally {
    for (const one of [many, none, level]) await one.remove()
  }
})
