import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, mock } from 'node:test'
import { InferenceSession } from 'onnxruntime-node'
import { createRandom } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type {
  SiteData,
  SiteTrainer,
  SiteTrainerInit,
  TrainOptions,
  TrainResult,
} from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'

const OPTIONS: TrainOptions = { epochs: 2, batchSize: 8, learningRate: 0.01, weightDecay: 0, seed: 'sites' }
const TINY_BERT = join(import.meta.dirname, '../../fixtures/tiny-bert')

async function init(
  data: readonly SiteData[],
  backbone: string,
  targets: readonly string[],
): Promise<SiteTrainerInit> {
  const modules = resolveTargetModules(await openBackbone(backbone), targets)
  const adapter = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'sites' } as const
  const classes = data[0]!.classes.length
  return { model: { backbone, extent: 24, adapter, modules, classes }, data, rule: 'mean', threads: 1 }
}

interface Run {
  readonly result: TrainResult
  /** Samples for which the frozen part was computed. */
  readonly prepared: number
}

async function train(trainer: SiteTrainer, options: Partial<TrainOptions> = {}): Promise<Run> {
  const work = trainer.train(null, { ...OPTIONS, grams: { form: 'diagonal' }, ...options })
  let prepared = 0
  for (;;) {
    const step = await work.next()
    if (step.done === true) return { result: step.value, prepared }
    if (step.value.phase === 'prepare') prepared = step.value.done
  }
}

async function alone(from: SiteTrainerInit, site: number, options: Partial<TrainOptions>): Promise<Run> {
  const trainer = await createSiteTrainer({ ...from, data: [from.data[site]!] })
  const run = await train(trainer, options)
  await trainer.close()
  return run
}

let sites: SyntheticSite[]
let data: SiteData[]
before(async () => {
  sites = await Promise.all([
    syntheticSite({ across: 9, down: 8, plain: 7 }, 'first'),
    syntheticSite({ across: 4, plain: 6 }, 'second'),
    syntheticSite({ across: 12, down: 12, plain: 12 }, 'third'),
  ])
  data = sites.map(({ data: one }) => one)
})
after(() => Promise.all(sites.map((site) => site.remove())))

const LAST = ['layer.1.*.query', 'layer.1.*.value']

describe('a trainer over several sites', () => {
  for (const [what, targets] of [
    ['with all layers trained', ['query', 'value']],
    ['with what lies below the adapters kept', LAST],
  ] as const) {
    it(`gives as each of them the bits of a trainer opened on it alone, ${what}`, async () => {
      const from = await init(data, TINY_VIT, targets)
      const trainer = await createSiteTrainer(from)
      for (const options of [
        {},
        { factors: 'B' },
        { classes: [0, 2], earlyStopping: { patience: 1 } },
      ] as const) {
        for (const site of data.keys()) {
          const own = await alone(from, site, options)
          const { result } = await train(trainer, { ...options, sites: [site] })
          assert.deepEqual(result, own.result, `site ${site}`)
        }
      }
      await trainer.close()
    })
  }

  it('of texts, too, where batches have the same lengths', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-chosen-'))
    const random = createRandom('chosen')
    const tables = await Promise.all(
      [60, 40].map(async (count, site) => {
        const rows = Array.from({ length: count }, (_, i) => {
          const words = [3, 7, 11, 15][Math.floor(i / 2) % 4]!
          const text = Array.from({ length: words }, () => ['a', 'b', 'c', 'd'][random.below(4)]).join(' ')
          return JSON.stringify({ text, label: ['calm', 'storm'][i % 2] })
        })
        const path = join(dir, `${site}.jsonl`)
        await writeFile(path, rows.join('\n'))
        return { path, classes: ['calm', 'storm'], trainFraction: 0.8, splitSeed: 's' }
      }),
    )
    const from = await init(tables, TINY_BERT, ['layer.1.attention.self.query'])
    const trainer = await createSiteTrainer(from)
    for (const site of tables.keys())
      assert.deepEqual((await train(trainer, { sites: [site] })).result, (await alone(from, site, {})).result)
    await trainer.close()
    await rm(dir, { recursive: true })
  })

  it('computes what lies below the adapters once a sample, whichever sites, classes and factors are trained', async () => {
    const trainer = await createSiteTrainer(await init(data, TINY_VIT, LAST))
    const prepared = async (options: Partial<TrainOptions>): Promise<number> =>
      (await train(trainer, options)).prepared
    const [first, second, third] = trainer.sites.map(({ train: { classCounts } }) => classCounts)
    assert.equal(await prepared({ sites: [0], classes: [0] }), first![0])
    assert.equal(await prepared({ sites: [0], classes: [0], factors: 'B', epochs: 1 }), 0)
    assert.equal(await prepared({ sites: [0] }), first![1]! + first![2]!)
    assert.equal(await prepared({ sites: [1, 2], classes: [2] }), second![2]! + third![2]!)
    assert.equal(await prepared({}), second![0]! + third![0]! + third![1]!)
    assert.equal(await prepared({ factors: 'A', seed: 'another' }), 0)
    await trainer.close()
  })

  it('goes on to another site without compiling anything', async () => {
    const create = mock.method(InferenceSession, 'create')
    const trainer = await createSiteTrainer(await init(data, TINY_VIT, LAST))
    const compiled = async (options: Partial<TrainOptions>): Promise<number> => {
      const before = create.mock.callCount()
      await train(trainer, { grams: 'none', ...options })
      return create.mock.callCount() - before
    }
    assert.equal(await compiled({ sites: [0] }), 2) // what lies below, and a step
    assert.equal(await compiled({ sites: [2] }), 0)
    assert.equal(await compiled({ sites: [0, 1, 2], classes: [0, 1] }), 0)
    assert.equal(await compiled({ sites: [2], factors: 'A' }), 1)
    assert.equal(await compiled({ sites: [0], factors: 'A' }), 0)
    create.mock.restore()
    await trainer.close()
  })

  it('measures the samples chosen, and says so through the process', async () => {
    const from = await init(data, TINY_VIT, LAST)
    const trainer = await createSiteTrainer(from)
    const choice = { sites: [0, 2], classes: [0, 1] }
    const measured = await trainer.measure(null, choice)
    const statistics = await trainer.statistics(null, { kind: 'diagonal', ...choice })
    const counts = [0, 1].map((row) => trainer.sites[0]!.train.classCounts[row]! + trainer.sites[2]!.train.classCounts[row]!) // prettier-ignore
    assert.deepEqual(measured.classCounts, [...counts, 0])
    assert.deepEqual(statistics.classCounts, [...counts, 0])
    assert.equal(measured.gram.data.at(-1), measured.count, 'the corner counts the samples')
    assert.equal(statistics.grams[0]!.rows! % measured.count, 0)

    const own = await createSiteTrainer({ ...from, data: [data[1]!] })
    assert.deepEqual(await trainer.measure(null, { sites: [1] }), await own.measure(null))
    const diagonal = { kind: 'diagonal' } as const
    assert.deepEqual(
      await trainer.statistics(null, { ...diagonal, sites: [1] }),
      await own.statistics(null, diagonal),
    )
    await own.close()

    await using client = spawnTrainer()
    const remote = await client.open(from)
    assert.deepEqual(await remote.measure(null, choice), measured)
    assert.deepEqual(await remote.statistics(null, { kind: 'diagonal', ...choice }), statistics)
    await trainer.close()
  })

  it('refuses a choice of nothing, and places that there are not', async () => {
    const trainer = await createSiteTrainer(await init(data, TINY_VIT, LAST))
    const nothing = { sites: [1], classes: [1] } // the second site has none of the class
    const code = 'ERR_NO_SAMPLES'
    await assert.rejects(train(trainer, nothing), { code, message: /sites 1.*rows 1/ })
    await assert.rejects(trainer.measure(null, nothing), { code })
    await assert.rejects(trainer.statistics(null, { kind: 'full', ...nothing }), { code })
    await assert.rejects(trainer.measure(null, { sites: [1], leastPerClass: 100 }), { code })
    await assert.rejects(train(trainer, { sites: [3] }), {
      code: 'ERR_TRAIN_OPTIONS',
      message: /sites: .*0 to 2.*got 3/,
    })
    await assert.rejects(trainer.measure(null, { classes: [CLASSES.length] }), {
      code: 'ERR_STATISTICS_OPTIONS',
    })
    await assert.rejects(trainer.statistics(null, { kind: 'full', sites: [] }), {
      code: 'ERR_STATISTICS_OPTIONS',
    })
    await trainer.close()
  })
})
