import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  expectedTensors,
  gramName,
  gramRestName,
  gramVectorsName,
  headName,
} from '../../../src/merge/index.ts'
import type { AdapterSpec, GramSpec, MergeRule, MergeSpec, Tensor } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { sharedInputs, withSharedInputs } from '../../../src/training/backbone/shared-inputs.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { SiteTrainer, SiteTrainerInit, TrainOptions, TrainResult } from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'
import { assertClose } from '../../helpers/assert-close.ts'

const OPTIONS: TrainOptions = {
  epochs: 1,
  batchSize: 8,
  learningRate: 0.01,
  weightDecay: 0.01,
  seed: 'grams',
}
const lora = (trains: 'A' | 'B'): AdapterSpec => ({
  kind: 'lora',
  rank: 3,
  alpha: 3,
  trains,
  seed: 'charter',
})
const ravan: AdapterSpec = { kind: 'ravan', heads: 3, rank: 2, alpha: 1, seed: 'charter' }

let site: SyntheticSite
before(async () => (site = await syntheticSite({ across: 9, down: 8, plain: 7 })))
after(() => site.remove())

async function init(adapter: AdapterSpec, rule: MergeRule, grams?: GramSpec): Promise<SiteTrainerInit> {
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query', 'value', 'output.dense'])
  const model = { backbone: TINY_VIT, extent: 24, adapter, modules, classes: CLASSES.length }
  return { model, data: [site.data], rule, threads: 1, grams }
}

async function train(trainer: SiteTrainer, options: Partial<TrainOptions> = {}): Promise<TrainResult> {
  const work = trainer.train(null, { ...OPTIONS, ...options })
  for (;;) {
    const step = await work.next()
    if (step.done === true) return step.value
  }
}

/** Whether what a site has is what its charter asks for, by name and shape. */
function assertExpected({ model, rule, grams }: SiteTrainerInit, result: TrainResult): void {
  const classifier = { rule: 'counts' }
  const spec = { ...model, rule, grams, classifier, classes: CLASSES, features: 24 } as unknown as MergeSpec
  const trained = result.trained.map((name): [string, Tensor] => [name, result.state.adapter.get(name)!])
  const sent = new Map<string, Tensor>([...result.grams, ...trained])
  for (const [name, { shape }] of expectedTensors(spec, 'adapter', (part) => sent.has(part))) {
    if (name.startsWith('classifier/')) continue
    assert.deepEqual(sent.get(name)?.shape, shape, name)
    sent.delete(name)
  }
  assert.deepEqual([...sent.keys()], [], 'nothing besides')
}

describe('the Grams of an adapter contribution', () => {
  for (const [trains, grams] of [
    ['A', { form: 'full' }],
    ['A', { form: 'diagonal' }],
    ['A', { form: 'top-k', k: 4 }],
    ['B', { form: 'top-k', k: 2 }],
  ] as const) {
    it(`${grams.form}, ${trains} trained: of the inputs under the trained adapter, in the names of the wire`, async () => {
      const from = await init(lora(trains), 'lorm', grams)
      const trainer = await createSiteTrainer(from)
      const result = await train(trainer)
      assertExpected(from, result)
      const k = grams.form === 'top-k' ? grams.k : undefined
      const measured = await trainer.statistics(result.state.adapter, { kind: grams.form, k })
      await trainer.close()
      for (const { modules, gram } of measured.grams) {
        for (const module of modules) {
          const own = (name: string): Tensor => result.grams.get(name)!
          if (gram.kind === 'full') assert.deepEqual(own(gramName(module)), gram.packed)
          if (gram.kind === 'diagonal') assert.deepEqual(own(gramName(module)), gram.diagonal)
          if (gram.kind !== 'top-k') continue
          assert.deepEqual(own(gramName(module)), gram.values)
          assert.deepEqual(own(gramVectorsName(module)), gram.vectors)
          assert.deepEqual([...own(gramRestName(module)).data], [gram.rest])
        }
      }
    })
  }

  it('travel once for modules that share an input, which the charter cannot say of others', async () => {
    const from = await init(lora('A'), 'lorm', { form: 'diagonal' })
    const inputs = sharedInputs(await openBackbone(TINY_VIT))
    const alone = await createSiteTrainer(from)
    const all = (await train(alone)).grams
    await alone.close()
    const sharing = {
      ...from,
      model: { ...from.model, modules: withSharedInputs(from.model.modules, inputs) },
    }
    const trainer = await createSiteTrainer(sharing)
    const result = await train(trainer)
    await trainer.close()
    assertExpected(sharing, result)
    const [query, value] = ['query', 'value'].map((end) => from.model.modules.find(({ name }) => name.endsWith(end))!.name) // prettier-ignore
    assert.deepEqual(all.get(gramName(value!)), all.get(gramName(query!)))
    assert.deepEqual(result.grams.get(gramName(query!)), all.get(gramName(query!)))
    assert.ok(!result.grams.has(gramName(value!)))

    const wrong = from.model.modules.map((module, i) =>
      i < 2 ? module : { ...module, input: from.model.modules[0]!.name },
    )
    const confused = await createSiteTrainer({ ...from, model: { ...from.model, modules: wrong } })
    await assert.rejects(train(confused), { code: 'ERR_MODULE_MISMATCH', message: /it has the input of .*query; in this backbone it has not/ }) // prettier-ignore
    await confused.close()
  })

  it('joint: one for all heads, which are then all sent, trained or not', async () => {
    const from = await init(ravan, 'ravan', { form: 'joint' })
    const trainer = await createSiteTrainer(from)
    const result = await train(trainer, { heads: { count: 1, score: 'random' } })
    const projected = await trainer.statistics(result.state.adapter, { kind: 'projected' })
    await trainer.close()
    assertExpected(from, result)
    for (const { name } of from.model.modules) {
      const moved = [0, 1, 2].filter((h) => result.state.adapter.get(headName(name, h))!.data.some((x) => x !== 0)) // prettier-ignore
      assert.equal(moved.length, 1, 'one head of the module was trained')
      const { data } = result.grams.get(gramName(name))!
      const at = (i: number, j: number): number => data[(i * (i + 1)) / 2 + j]!
      const blocks = [0, 2, 4].flatMap((h) => [at(h, h), at(h + 1, h), at(h + 1, h + 1)])
      const one = projected.grams.find(({ modules }) => modules.includes(name))!.gram
      assert.ok(one.kind === 'projected')
      assertClose(blocks, [...one.packed.data], 1e-6, 'blocks on the diagonal')
    }
  })

  it('come with that of the classifier’s inputs where the charter wants it, and through the process', async () => {
    const from = { ...(await init(lora('A'), 'lorm', { form: 'top-k', k: 3 })), classifierGram: true }
    const trainer = await createSiteTrainer(from)
    const result = await train(trainer)
    const { gram } = await trainer.measure(result.state.adapter)
    await trainer.close()
    assert.deepEqual(result.grams.get('classifier/gram'), gram)
    assert.equal(gram.data.at(-1), result.count, 'the corner counts the samples')
    await using client = spawnTrainer()
    const remote = await client.open(from)
    assert.deepEqual((await train(remote)).grams, result.grams)
  })
})
