import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type {
  SiteTrainer,
  SiteTrainerInit,
  TrainOptions,
  TrainProgress,
  TrainResult,
  TrainWork,
} from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT } from '../../fixtures/synthetic-site.ts'
import type { SyntheticSite } from '../../fixtures/synthetic-site.ts'

const OPTIONS: TrainOptions = {
  epochs: 3,
  batchSize: 4,
  learningRate: 0.01,
  weightDecay: 0.01,
  seed: 'resume',
  augment: { flip: true },
  schedule: 'cosine',
  warmup: 0.2,
  clipNorm: 0.5,
  earlyStopping: { patience: 2 },
}

let site: SyntheticSite
let init: SiteTrainerInit
before(async () => {
  site = await syntheticSite({ across: 9, down: 8, plain: 6 })
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query', 'value'])
  const adapter = { kind: 'ravan', heads: 3, rank: 2, alpha: 4, seed: 'charter' } as const
  const model = { backbone: TINY_VIT, extent: 24, adapter, modules, classes: CLASSES.length }
  init = { model, data: [site.data], rule: 'ravan', threads: 1 }
})
after(() => site.remove())

/** Trains, and aborts after so many steps if a number is given. */
async function train(
  trainer: SiteTrainer,
  work: TrainWork,
  options: TrainOptions = OPTIONS,
  stopAfter = Infinity,
): Promise<{ result: TrainResult | undefined; progress: TrainProgress[] }> {
  const controller = new AbortController()
  const progress: TrainProgress[] = []
  const training = trainer.train(null, options, { ...work, signal: controller.signal })
  try {
    for (;;) {
      const step = await training.next()
      if (step.done === true) return { result: step.value, progress }
      progress.push(step.value)
      if (progress.length >= stopAfter) controller.abort(new Error('stopped here'))
    }
  } catch (error) {
    if (!(error as Error).message.includes('stopped here')) throw error
    return { result: undefined, progress }
  }
}

describe('a training run with a checkpoint', () => {
  it('goes on mid-epoch after being stopped again and again, in new processes, to the same bits', async () => {
    const trainer = await createSiteTrainer(init)
    const whole = (await train(trainer, {})).result!
    assert.equal(whole.losses.length, 12) // 16 images to train on, in batches of 4, three epochs
    await trainer.close()

    const file = join(site.dir, '..', `${Date.now()}.checkpoint`)
    let starts = 0
    for (const stopAfter of [2, 5, 1, 6, 1, Infinity]) {
      // the last but one in the statistics that follow
      const again = await createSiteTrainer(init)
      const { result, progress } = await train(again, { checkpoint: { file } }, OPTIONS, stopAfter)
      await again.close()
      if (starts > 0) assert.ok(progress[0]!.done > 4 || progress[0]!.phase === 'measure', `start ${starts}`)
      starts += 1
      assert.equal(existsSync(file), result === undefined, 'the file is there until the run is complete')
      if (result === undefined) continue
      assert.deepEqual(result, whole)
    }
    assert.equal(starts, 6)
  })

  it('is written by the clock, so that a killed process loses little', async () => {
    const file = join(site.dir, '..', `${Date.now()}-killed.checkpoint`)
    const client = spawnTrainer()
    const trainer = await client.open(init)
    const training = trainer.train(null, { ...OPTIONS, epochs: 4000 }, { checkpoint: { file, everyMs: 50 } })
    for (let step = await training.next(); !step.done && !existsSync(file); step = await training.next());
    await client.close() // ends the process without a word to the run
    const written = await readFile(file)
    await using second = spawnTrainer()
    const again = (await second.open(init)).train(
      null,
      { ...OPTIONS, epochs: 4000 },
      { checkpoint: { file } },
    )
    const first = await again.next()
    assert.ok(!first.done && first.value.done > 4, 'it does not start at the beginning')
    await again.return(undefined as never)
    assert.ok(written.length > 1000)
  })

  it('of another run, or a damaged one, is not continued', async () => {
    const file = join(site.dir, '..', `${Date.now()}-other.checkpoint`)
    const trainer = await createSiteTrainer(init)
    const options = { ...OPTIONS, seed: 'other' }
    await train(trainer, { checkpoint: { file } }, OPTIONS, 6)
    assert.ok(existsSync(file))
    const plain = (await train(trainer, {}, options)).result
    assert.deepEqual((await train(trainer, { checkpoint: { file } }, options)).result, plain)

    await train(trainer, { checkpoint: { file } }, options, 6)
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, bytes.length - 40))
    assert.deepEqual((await train(trainer, { checkpoint: { file } }, options)).result, plain)
    await trainer.close()
  })
})

describe('training some classes', () => {
  it('leaves the other rows as they were, trains on their samples alone, and counts them alone', async () => {
    const trainer = await createSiteTrainer(init)
    const plain: TrainOptions = {
      epochs: 3,
      batchSize: 4,
      learningRate: 0.01,
      weightDecay: 0.01,
      seed: 'classes',
    }
    const first = (await train(trainer, {}, { ...plain, classes: [0, 1] })).result!
    assert.deepEqual(first.classCounts, [6, 6, 0])
    assert.ok(Math.abs(first.losses[0]! - Math.log(2)) < 1e-4, 'two classes compete')
    assert.ok([...first.state.classifier.weight.data.slice(2 * 24)].every((entry) => entry === 0))
    const training = trainer.train(first.state, { ...plain, classes: [2] })
    let step = await training.next()
    while (!step.done) step = await training.next()
    const second = step.value.state.classifier.weight.data
    assert.deepEqual(second.slice(0, 2 * 24), first.state.classifier.weight.data.slice(0, 2 * 24))
    assert.ok(
      step.value.losses.every((loss) => Math.abs(loss) === 0),
      'one class alone is certain',
    )
    await trainer.close()
  })
})

describe('early stopping', () => {
  it('keeps the model of the best epoch and tells the score of each', async () => {
    const trainer = await createSiteTrainer(init)
    const options = { ...OPTIONS, epochs: 40, learningRate: 0.05, schedule: 'constant' } as const
    const { result } = await train(trainer, {}, options)
    const { epochs, bestEpoch, state } = result!
    assert.ok(epochs.length < 40, `stopped after ${epochs.length}`)
    assert.equal(epochs.length, bestEpoch + 2)
    const losses = epochs.map(({ heldOut }) => heldOut!.loss)
    assert.equal(losses.indexOf(Math.min(...losses)), bestEpoch - 1)
    const [score] = await trainer.evaluate([state], 'heldOut')
    assert.ok(Math.abs(score!.correct / score!.count - epochs[bestEpoch - 1]!.heldOut!.accuracy) < 1e-9)
    await trainer.close()
  })

  it('needs something to score', async () => {
    const tiny = await syntheticSite({ across: 1, down: 1 })
    const trainer = await createSiteTrainer({ ...init, data: [tiny.data] })
    await assert.rejects(train(trainer, {}), {
      code: 'ERR_TRAIN_OPTIONS',
      message: /earlyStopping: no sample/,
    })
    await trainer.close()
    await tiny.remove()
  })
})
