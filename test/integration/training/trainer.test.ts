import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AdapterSpec, MergeRule } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import { loadModel } from '../../../src/training/model/load-model.ts'
import { loadData } from '../../../src/training/data/load-data.ts'
import { CompiledGraphs } from '../../../src/training/model/compiled-graphs.ts'
import { featurePass } from '../../../src/training/passes/feature-pass.ts'
import type { Feature } from '../../../src/training/passes/feature-pass.ts'
import { openRuntime } from '../../../src/training/runtime/open-runtime.ts'
import type {
  ModelState,
  SiteTrainer,
  SiteTrainerInit,
  TrainOptions,
  TrainProgress,
  TrainResult,
} from '../../../src/training/types.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { CLASSES, syntheticSite, TINY_VIT, writeInto } from '../../fixtures/synthetic-site.ts'
import type { SyntheticSite } from '../../fixtures/synthetic-site.ts'

const OPTIONS: TrainOptions = {
  epochs: 4,
  batchSize: 8,
  learningRate: 0.01,
  weightDecay: 0.01,
  seed: 'train',
}
const loraB: AdapterSpec = { kind: 'lora', rank: 2, alpha: 4, trains: 'B', seed: 'charter' }
const loraAB: AdapterSpec = { ...loraB, trains: 'AB' }
const ravan: AdapterSpec = { kind: 'ravan', heads: 3, rank: 2, alpha: 4, seed: 'charter' }

let site: SyntheticSite
let other: SyntheticSite
before(async () => {
  site = await syntheticSite({ across: 13, down: 12, plain: 8 })
  other = await syntheticSite({ across: 6, plain: 9 }, 'other')
})
after(() => Promise.all([site.remove(), other.remove()]))

async function init(
  adapter: AdapterSpec,
  rule: MergeRule,
  change: Partial<SiteTrainerInit> = {},
): Promise<SiteTrainerInit> {
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query', 'value'])
  const model = { backbone: TINY_VIT, extent: 24, adapter, modules, classes: CLASSES.length }
  return { model, data: [site.data], rule, threads: 1, ...change }
}

async function train(
  trainer: SiteTrainer,
  from: ModelState | null,
  options: Partial<TrainOptions> = {},
): Promise<{ result: TrainResult; progress: TrainProgress[] }> {
  const progress: TrainProgress[] = []
  const work = trainer.train(from, { ...OPTIONS, ...options })
  let step = await work.next()
  for (; !step.done; step = await work.next()) progress.push(step.value)
  return { result: step.value, progress }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

for (const [name, adapter, rule] of [
  ['lora B', loraB, 'lorm'],
  ['lora A', { ...loraB, trains: 'A' }, 'mean'],
  ['lora AB', loraAB, 'mean'],
  ['ravan', ravan, 'ravan'],
] as const) {
  describe(`a site trainer with ${name}`, () => {
    it('learns, counts, and yields the tensors of a contribution', async () => {
      const trainer = await createSiteTrainer(await init(adapter, rule))
      const { result, progress } = await train(trainer, null)
      const { losses, state, grams } = result
      assert.equal(losses.length, 4 * 3) // 9 + 8 + 6 images to train on, in batches of 8
      assert.ok(
        Math.abs(losses[0]! - Math.log(3)) < 1e-4,
        `the classifier starts at 0, the loss at ${losses[0]}`,
      )
      assert.ok(mean(losses.slice(-3)) < 0.8 * mean(losses.slice(0, 3)), `losses ${losses.join(' ')}`)
      assert.deepEqual([result.count, result.classCounts], [23, [9, 8, 6]])

      assert.equal(grams.size, rule === 'mean' ? 0 : 4)
      const trained = [...state.adapter.values()]
      assert.ok(
        trained.every(({ data }) => data.some((value) => value !== 0)),
        'every tensor has moved',
      )
      assert.deepEqual(state.classifier.weight.shape, [3, 24])

      const steps = progress.filter(({ phase, epoch }) => phase === 'train' && epoch === undefined)
      assert.deepEqual(
        steps.map(({ loss }) => loss),
        [...losses],
      )
      assert.deepEqual([steps.at(-1)?.done, steps.at(-1)?.total], [92, 92])
      assert.equal(progress.at(-1)?.phase, rule === 'mean' ? 'train' : 'measure')
      await trainer.close()
    })

    it('gives the same numbers for the same seed, and goes on from a state', async () => {
      const trainer = await createSiteTrainer(await init(adapter, rule))
      const one = (await train(trainer, null, { epochs: 1 })).result
      const same = (await train(trainer, null, { epochs: 1 })).result
      const reseeded = (await train(trainer, null, { epochs: 1, seed: 'else' })).result
      assert.deepEqual(one, same)
      assert.notDeepEqual(one.losses, reseeded.losses)
      const flipped = (await train(trainer, null, { epochs: 1, augment: { flip: true } })).result
      assert.notDeepEqual(one.losses, flipped.losses)

      const next = (await train(trainer, one.state, { epochs: 3 })).result
      assert.ok(mean(next.losses.slice(-3)) < mean(one.losses), 'further training goes on')
      await trainer.close()
    })
  })
}

describe('statistics', () => {
  it('of the classifier are the second moments of its inputs, frozen or adapted', async () => {
    const trainer = await createSiteTrainer(await init(loraB, 'lorm'))
    const { state } = (await train(trainer, null)).result
    for (const adapter of [null, state.adapter]) {
      const measured = await trainer.measure(adapter)
      const { gram, cross } = oracle(await features(await init(loraB, 'lorm'), adapter))
      assertClose(measured.gram.data, gram, 1e-6, 'gram')
      assertClose(measured.cross.data, cross, 1e-6, 'cross')
      assert.equal(measured.gram.data.at(-1), 23)
      assert.deepEqual([...measured.cross.data.slice(-3)], [9, 8, 6])
      assert.deepEqual([measured.count, measured.classCounts], [23, [9, 8, 6]])
    }
    const frozen = await trainer.measure(null)
    assert.notDeepEqual((await trainer.measure(state.adapter)).gram.data, frozen.gram.data)
    await trainer.close()
  })

  it('leave out classes of which there are too few samples', async () => {
    const trainer = await createSiteTrainer(await init(loraB, 'lorm')) // 9, 8 and 6 to train on
    const all = await trainer.measure(null, { leastPerClass: 6 })
    assert.deepEqual(all.classCounts, [9, 8, 6])
    const some = await trainer.measure(null, { leastPerClass: 7 })
    assert.deepEqual([some.count, some.classCounts], [17, [9, 8, 0]])
    assert.equal(some.gram.data.at(-1), 17)
    assert.deepEqual([...some.cross.data.slice(-3)], [9, 8, 0])
    await assert.rejects(trainer.measure(null, { leastPerClass: 10 }), { code: 'ERR_NO_SAMPLES' })
    await trainer.close()
  })

  it('on a fresh adapter are those of the frozen backbone', async () => {
    const trainer = await createSiteTrainer(await init(ravan, 'ravan'))
    const { state } = (await train(trainer, null, { learningRate: 0 })).result
    const [frozen, fresh] = [await trainer.measure(null), await trainer.measure(state.adapter)]
    assertClose(fresh.gram.data, frozen.gram.data, 1e-5, 'gram')
    await trainer.close()
  })
})

describe('evaluation', () => {
  it('counts what is right by class and by site, for several models at once', async () => {
    const trainer = await createSiteTrainer(await init(loraB, 'lorm', { data: [site.data, other.data] }))
    const trained = (await train(trainer, null, { epochs: 12 })).result.state
    const start = (await train(trainer, null, { learningRate: 0 })).result.state
    const progress: TrainProgress[] = []
    const [first, second, third] = await trainer.evaluate(
      [trained, start, { ...trained, classifier: start.classifier }],
      'heldOut',
      { onProgress: (step) => progress.push(step) },
    )
    assert.deepEqual(
      first!.perSite.map(({ count }) => count),
      [10, 5],
    )
    assert.deepEqual(
      first!.perClass.map(({ count }) => count),
      [4 + 2, 4, 2 + 3],
    )
    for (const result of [first, second]) {
      assert.equal(
        result!.correct,
        result!.perClass.reduce((sum, { correct }) => sum + correct, 0),
      )
      assert.equal(
        result!.correct,
        result!.perSite.reduce((sum, { correct }) => sum + correct, 0),
      )
    }
    assert.equal(second?.correct, 6, 'a classifier of zeros says the first class')
    assert.deepEqual(third, second)
    assert.ok(first!.correct > 9, `trained: ${first!.correct} of 15`)
    assert.deepEqual([progress.at(-1)?.done, progress.at(-1)?.total], [30, 30]) // two adapters, 15 images
    assert.equal((await trainer.evaluate([trained], 'train'))[0]?.count, 23 + 10)
    await trainer.close()
  })
})

describe('bad input', () => {
  it('a bad image is skipped and reported', async () => {
    const bad = await syntheticSite({ across: 4, down: 4 }, 'bad')
    const broken = await writeInto(bad, 'down/002.png', 'not a picture')
    const trainer = await createSiteTrainer(await init(loraB, 'lorm', { data: [bad.data] }))
    const [summary] = trainer.sites
    assert.deepEqual(
      summary?.skipped.map(({ where }) => where),
      [broken],
    )
    assert.equal(summary.train.count + summary.heldOut.count, 7)
    await trainer.close()
    await bad.remove()
  })

  it('a site whose images are all bad, or a module of another backbone, is refused', async () => {
    const bad = await syntheticSite({ across: 0 }, 'bad')
    for (const name of ['a', 'b', 'c']) await writeInto(bad, `across/${name}.png`, 'not a picture')
    await assert.rejects(createSiteTrainer(await init(loraB, 'lorm', { data: [bad.data] })), {
      code: 'ERR_NO_SAMPLES',
      message: /across\/[abc].png/,
    })
    await bad.remove()

    const { model, ...rest } = await init(loraB, 'lorm')
    const modules = [{ name: 'vit.encoder.layer.7.output.dense', in: 40, out: 24 }]
    await assert.rejects(createSiteTrainer({ ...rest, model: { ...model, modules } }), {
      code: 'ERR_MODULE_MISMATCH',
      message: /layer.7/,
    })
  })

  it('a loss that is not finite stops training, and the last good model is kept', async () => {
    const trainer = await createSiteTrainer(await init(loraB, 'lorm'))
    const good = (await train(trainer, null, { epochs: 1 })).result.state
    await assert.rejects(
      train(trainer, good, { learningRate: 1e30 }),
      (error: Error & Record<string, unknown>) => {
        assert.equal(error['code'], 'ERR_DIVERGED')
        assert.match(error.message, /diverged at step [23]: .*not finite/)
        const kept = error['lastGood'] as ModelState
        assert.ok([...kept.adapter.values()].every(({ data }) => data.every(Number.isFinite)))
        return true
      },
    )
    assert.equal(
      (await train(trainer, good, { epochs: 1 })).result.losses.length,
      3,
      'the trainer still works',
    )
    await trainer.close()
  })

  it('options out of range, no site, or sites of other classes are refused', async () => {
    const trainer = await createSiteTrainer(await init(loraB, 'lorm'))
    for (const change of [{ epochs: 0 }, { batchSize: 2.5 }, { learningRate: NaN }, { weightDecay: -1 }]) {
      const name = Object.keys(change)[0]!
      await assert.rejects(train(trainer, null, change), {
        code: 'ERR_TRAIN_OPTIONS',
        message: new RegExp(name),
      })
    }
    await trainer.close()
    const none = await init(loraB, 'lorm', { data: [] })
    await assert.rejects(createSiteTrainer(none), { code: 'ERR_NO_SITES' })
    const fewer = await init(loraB, 'lorm', { data: [{ ...site.data, classes: ['across', 'down'] }] })
    await assert.rejects(createSiteTrainer(fewer), {
      code: 'ERR_CLASS_MISMATCH',
      message: /2 classes, the model 3/,
    })
  })

  it('a state of another model is refused', async () => {
    const trainer = await createSiteTrainer(await init(loraB, 'lorm'))
    const { state } = (await train(trainer, null, { epochs: 1 })).result
    const weight = { shape: [2, 24], data: new Float32Array(48) }
    await assert.rejects(train(trainer, { ...state, classifier: { ...state.classifier, weight } }), {
      code: 'ERR_SHAPE_MISMATCH',
    })
    await trainer.close()
    await assert.rejects(train(trainer, state), { code: 'ERR_TRAINER_CLOSED' })
    await trainer.close()
  })

  it('an aborted training stops, and another can start', async () => {
    const trainer = await createSiteTrainer(await init(loraB, 'lorm'))
    const controller = new AbortController()
    const work = trainer.train(null, OPTIONS, { signal: controller.signal })
    await work.next()
    controller.abort(new Error('enough'))
    await assert.rejects(work.next(), /enough/)
    for await (const { done } of trainer.train(null, OPTIONS)) if (done > 8) break
    assert.equal((await train(trainer, null, { epochs: 1 })).result.losses.length, 3)
    await trainer.close()
  })
})

/** Classifier inputs of the training images, straight from the graph. */
async function features(from: SiteTrainerInit, adapter: ModelState['adapter'] | null): Promise<Feature[]> {
  const model = await loadModel(from.model)
  const graphs = new CompiledGraphs(await openRuntime('onnx'))
  const [loaded] = await loadData(from.data, model.format, () => 0, {})
  const values = adapter === null ? new Map<string, Float32Array>() : model.adapter.start(adapter)
  const all: Feature[] = []
  const pass = featurePass({ model, graphs, samples: loaded!.train, values }, adapter !== null)
  for await (const some of pass) all.push(...some)
  await graphs.dispose()
  return all
}

/** The whole [x;1] matrix, then its products entry by entry. */
function oracle(rows: readonly Feature[]): { gram: number[]; cross: number[] } {
  const extended = rows.map(({ x }) => [...x, 1])
  const width = extended[0]!.length
  const gram: number[] = []
  const cross: number[] = []
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) gram.push(extended.reduce((sum, x) => sum + x[i]! * x[j]!, 0))
    for (const label of CLASSES.keys()) {
      cross.push(extended.reduce((sum, x, n) => sum + (rows[n]!.label === label ? x[i]! : 0), 0))
    }
  }
  return { gram, cross }
}

describe('a site that trains some heads', () => {
  for (const score of ['random', 'weight', 'gradient'] as const) {
    it(`chosen by ${score}: contributes them and their Grams, and leaves the others as they were`, async () => {
      const trainer = await createSiteTrainer(await init(ravan, 'ravan'))
      const { result: first } = await train(trainer, null)
      const heads = { count: 2, score }
      const { result } = await train(trainer, first.state, { epochs: 1, heads })
      await trainer.close()

      assert.equal(result.trained.length, 4 * 2)
      for (const [name, { data }] of result.state.adapter) {
        const before = [...first.state.adapter.get(name)!.data]
        if (result.trained.includes(name)) assert.notDeepEqual([...data], before, `${name} has moved`)
        else assert.deepEqual([...data], before, `${name} has stayed, weight decay included`)
      }
      assert.ok([...result.grams.values()].every(({ shape }) => shape.join() === '2,3'))
      assert.deepEqual(
        (await budgeted(first.state, heads)).trained,
        result.trained,
        'the same seed chooses the same heads',
      )
    })
  }

  async function budgeted(
    from: ModelState | null,
    heads?: TrainOptions['heads'],
    epochs = 1,
  ): Promise<TrainResult> {
    const trainer = await createSiteTrainer(await init(ravan, 'ravan'))
    const { result } = await train(trainer, from, { epochs, ...(heads && { heads }) })
    await trainer.close()
    return result
  }
})
