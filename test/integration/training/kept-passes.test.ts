import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openBackbone, resolveTargetModules } from '../../../src/training/index.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { SiteTrainer, TrainOptions, TrainResult } from '../../../src/training/index.ts'
import { TINY_BACKBONE, TINY_CLASSES, writeTinySite } from '../../helpers/tiny-sites.ts'

const ADAPTER = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'kept' } as const
const OPTIONS: TrainOptions = { epochs: 2, batchSize: 4, learningRate: 1e-2, weightDecay: 0, seed: 'kept' }

let dir = ''
let plain: SiteTrainer
let kept: SiteTrainer

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-passes-'))
  await writeTinySite(join(dir, 'train'), [7, 6, 8], 'train')
  await writeTinySite(join(dir, 'test'), [3, 4, 5], 'test')
  const modules = resolveTargetModules(await openBackbone(TINY_BACKBONE), [
    'layer.1.attention.attention.query',
  ])
  const open = (keep: 'training' | 'all'): Promise<SiteTrainer> =>
    createSiteTrainer({
      model: { backbone: TINY_BACKBONE, extent: 16, adapter: ADAPTER, modules, classes: 3 },
      data: [{ path: join(dir, 'train'), heldOutPath: join(dir, 'test'), classes: TINY_CLASSES, trainFraction: 0.7, splitSeed: '1' }], // prettier-ignore
      rule: 'mean',
      keep,
      threads: 1,
    })
  plain = await open('training')
  kept = await open('all')
})
after(async () => {
  await plain.close()
  await kept.close()
  await rm(dir, { recursive: true, force: true })
})

async function train(trainer: SiteTrainer, changes: Partial<TrainOptions> = {}): Promise<TrainResult> {
  const work = trainer.train(null, { ...OPTIONS, ...changes })
  let step = await work.next()
  while (step.done !== true) step = await work.next()
  return step.value
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(actual.length, expected.length)
  const size = Math.max(...Array.from(expected, Math.abs))
  for (let i = 0; i < actual.length; i++)
    assert.ok(Math.abs(actual[i]! - expected[i]!) <= 1e-4 * size, `entry ${i}`)
}

describe('passes over kept activations', () => {
  it('give the statistics, features and scores of passes that compute everything', async () => {
    const { state } = await train(plain)
    const samples = [0, 2, 3, 9, 14, 20]
    for (const adapter of [state.adapter, null]) {
      const [a, b] = [await plain.measure(adapter, { samples }), await kept.measure(adapter, { samples })]
      close(b.gram.data, a.gram.data)
      assert.deepEqual(b.classCounts, a.classCounts)
      const { features } = await plain.features(adapter, 'heldOut')
      assert.deepEqual(features.shape, [12, features.shape[1]])
      close((await kept.features(adapter, 'heldOut')).features.data, features.data)
    }
    const models = [state, { adapter: null, classifier: state.classifier }]
    assert.deepEqual(await kept.evaluate(models, 'heldOut'), await plain.evaluate(models, 'heldOut'))
    const [full, cut] = [await plain.statistics(state.adapter, { kind: 'full', samples }), await kept.statistics(state.adapter, { kind: 'full', samples })] // prettier-ignore
    assert.ok(full.grams[0]!.gram.kind === 'full' && cut.grams[0]!.gram.kind === 'full')
    close(cut.grams[0]!.gram.packed.data, full.grams[0]!.gram.packed.data)
  })

  it('measure Grams in training as passes that compute everything', async () => {
    const options = { grams: { form: 'full' }, samples: [1, 2, 8, 9, 15, 16] } as const
    const [a, b] = [await train(plain, options), await train(kept, options)]
    for (const [name, { data }] of a.grams) close(b.grams.get(name)!.data, data)
  })
})

describe('samples chosen by index', () => {
  it('are those that are trained on, measured and scored', async () => {
    const { count, classCounts } = await train(kept, { samples: [0, 1, 7, 20] })
    assert.deepEqual([count, classCounts], [4, [2, 1, 1]])
    assert.deepEqual((await kept.measure(null, { samples: [13, 14] })).classCounts, [0, 0, 2])
    const { state } = await train(kept, { samples: [0, 1, 7, 20] })
    const [some] = await kept.evaluate([state], 'heldOut', { samples: [0, 3, 4] })
    assert.deepEqual(some!.perClass.map((score) => score.count), [1, 2, 0]) // prettier-ignore
    const alone = await plain.features(null, 'train', { samples: [5] })
    const { features, labels } = await plain.features(null, 'train')
    close(alone.features.data, features.data.subarray(5 * features.shape[1]!, 6 * features.shape[1]!))
    assert.deepEqual([...Array.from(alone.labels)], [labels[5]])
    assert.deepEqual([0, 1, 2].map((c) => Array.from(labels).filter((label) => label === c).length), plain.sites[0]!.train.classCounts) // prettier-ignore
  })

  it('beyond the last one, or none at all, are refused by name', async () => {
    await assert.rejects(train(kept, { samples: [21] }), {
      code: 'ERR_NO_SUCH_SAMPLE',
      message: /0 to 20, got 21/,
    })
    await assert.rejects(kept.measure(null, { samples: [] }), { code: 'ERR_NO_SAMPLES' })
  })
})

describe('logits shifted by class shares', () => {
  it('change what is learnt, and leave the row of an absent class as it is', async () => {
    const samples = [0, 1, 2, 3, 4, 5, 7]
    const [own, shifted] = [
      await train(plain, { samples }),
      await train(plain, { samples, priorShift: true }),
    ]
    assert.notDeepEqual(shifted.state.classifier.bias.data, own.state.classifier.bias.data)
    const width = own.state.classifier.weight.shape[1]!
    assert.ok(own.state.classifier.weight.data.subarray(2 * width).some((value) => value !== 0))
    assert.ok(shifted.state.classifier.weight.data.subarray(2 * width).every((value) => value === 0))
  })
})
