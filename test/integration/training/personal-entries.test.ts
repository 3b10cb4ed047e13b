import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createRandom, packMask } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { SiteTrainer, TrainOptions, TrainResult, TrainWork } from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'

const OPTIONS: TrainOptions = { epochs: 2, batchSize: 8, learningRate: 0.01, weightDecay: 0.05, seed: 'turns' } // prettier-ignore

let site: SyntheticSite
let trainer: SiteTrainer
before(async () => {
  site = await syntheticSite({ across: 9, down: 8, plain: 7 })
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query'])
  const adapter = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'charter' } as const
  const model = { backbone: TINY_VIT, extent: 24, adapter, modules, classes: CLASSES.length }
  trainer = await createSiteTrainer({ model, data: [site.data], rule: 'mean', threads: 1 })
})
after(async () => {
  await trainer.close()
  await site.remove()
})

async function trained(
  change: Partial<TrainOptions>,
  work: TrainWork = {},
  stopAfter = Infinity,
): Promise<TrainResult | undefined> {
  const controller = new AbortController()
  const training = trainer.train(null, { ...OPTIONS, ...change }, { ...work, signal: controller.signal })
  try {
    for (let steps = 1; ; steps++) {
      const step = await training.next()
      if (step.done === true) return step.value
      if (steps === stopAfter) controller.abort(new Error('stopped here'))
    }
  } catch (error) {
    if (controller.signal.aborted) return undefined
    throw error
  }
}

/** Masks over all adapter tensors of a state. */
function masks(
  { state }: TrainResult,
  isPersonal: (name: string, entry: number) => boolean,
): ReadonlyMap<string, Uint8Array> {
  return new Map(
    [...state.adapter].map(([name, { data }]) => [name, packMask([...data].map((_, i) => isPersonal(name, i)))]), // prettier-ignore
  )
}

describe('training in which personal and shared entries take turns', () => {
  it('is plain training where nothing is personal', async () => {
    const plain = (await trained({}))!
    const alternating = (await trained({ personal: masks(plain, () => false) }))!
    assert.deepEqual(alternating.state, plain.state)
    assert.deepEqual(alternating.losses, plain.losses)
  })

  it('passes twice over the samples, the first time with the classifier as it was', async () => {
    const plain = (await trained({ epochs: 1 }))!
    const personal = masks(plain, () => true)
    const both = (await trained({ epochs: 1, personal }))!
    assert.equal(both.losses.length, 2 * plain.losses.length)
    assert.deepEqual(both.losses[0], plain.losses[0])
    // with a classifier of zeros the adapter has no slope: in its own pass nothing moves but by weight decay
    const first = both.losses.slice(0, plain.losses.length)
    for (const loss of first) assert.ok(Math.abs(loss - Math.log(CLASSES.length)) < 1e-6, `${loss}`)
    assert.ok(both.state.classifier.weight.data.some((value) => value !== 0))
  })

  it('goes on in the middle of an epoch to the same bits', async () => {
    const random = createRandom('masks')
    const personal = masks((await trained({ epochs: 1 }))!, () => random.uniform() < 0.4)
    const whole = (await trained({ personal }))!
    const perPass = whole.losses.length / 4
    for (const stopAfter of [1, perPass + 1, 2 * perPass + 2, 3 * perPass + 2]) {
      const checkpoint = { file: join(site.dir, `${stopAfter}.checkpoint`) }
      assert.equal(await trained({ personal }, { checkpoint }, stopAfter), undefined)
      const gone = (await trained({ personal }, { checkpoint }))!
      assert.deepEqual(gone.state, whole.state)
      assert.deepEqual(gone.losses, whole.losses)
    }
  })
})
