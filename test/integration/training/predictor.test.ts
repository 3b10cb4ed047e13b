import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createRandom, type AdapterSpec, type Tensor } from '../../../src/merge/index.ts'
import { mixerName, restAName, restBName } from '../../../src/training/adapters/mixture.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { openSource } from '../../../src/training/data/open-source.ts'
import type { RawSample } from '../../../src/training/data/samples.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { createPredictor } from '../../../src/training/predictor.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type {
  ClassProbabilities,
  EvaluatedModel,
  ModelState,
  Prediction,
  SiteData,
  SiteTrainerInit,
} from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'

const OWN: AdapterSpec = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'charter' }
const MIXTURE = { kind: 'mixture', own: OWN, restRank: 2, seed: 'site' } as const
const TINY_BERT = join(import.meta.dirname, '../../fixtures/tiny-bert')

let site: SyntheticSite
let init: SiteTrainerInit
let state: ModelState
before(async () => {
  site = await syntheticSite({ across: 22, down: 17, plain: 31 })
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query', 'layer.1.*.value'])
  const model = { backbone: TINY_VIT, extent: 24, adapter: OWN, modules, classes: CLASSES.length }
  init = { model, data: [site.data], rule: 'mean', threads: 1 }
  state = await trained(init)
})
after(() => site.remove())

async function trained(of: SiteTrainerInit): Promise<ModelState> {
  const trainer = await createSiteTrainer(of)
  const work = trainer.train(null, { epochs: 2, batchSize: 8, learningRate: 0.02, weightDecay: 0, seed: 's' })
  let step = await work.next()
  while (!step.done) step = await work.next()
  await trainer.close()
  return step.value.state
}

async function heldOut(data: SiteData): Promise<RawSample[]> {
  const found: RawSample[] = []
  for await (const sample of (await openSource(data)).samples())
    if (sample.split === 'heldOut') found.push(sample)
  return found
}

function shares(prediction: Prediction): Float64Array {
  assert.ok('probabilities' in prediction, JSON.stringify(prediction))
  return prediction.probabilities
}

const best = (prediction: Prediction): number => {
  const all = shares(prediction)
  return all.indexOf(Math.max(...all))
}

describe('a predictor', () => {
  it('finds, file by file, the labels that evaluation counts as right, in probabilities that sum to 1', async () => {
    await using client = spawnTrainer()
    const trainer = await client.open(init)
    const predictor = await client.openPredictor(init)
    const samples = await heldOut(site.data)
    for (const model of [state, { ...state, adapter: null }]) {
      const [expected] = await trainer.evaluate([model], 'heldOut')
      const number = await predictor.take(model)
      const found = await predictor.predict(number, samples.map(({ source }) => ({ file: source }))) // prettier-ignore
      const right = found.map((one, i) => Number(best(one) === samples[i]!.label))
      assert.deepEqual(right, [...expected!.right])
      for (const one of found) assert.ok(Math.abs(shares(one).reduce((sum, p) => sum + p, 0) - 1) < 1e-12)
    }
  })

  it('gives the same for a file and for what is in it, whatever is asked for beside, and names what it cannot read', async () => {
    const predictor = await createPredictor(init)
    const number = await predictor.take(state)
    const [first, second] = (await heldOut(site.data)).map(({ source }) => source)
    const broken = await readFile(first!)
    const inputs = [
      { image: await readFile(first!) },
      { file: join(site.dir, 'nowhere.png') },
      { image: broken.subarray(0, broken.length / 2) },
      { file: second! },
      { text: 'no image' },
    ]
    const found = await predictor.predict(number, inputs)
    const [alone] = await predictor.predict(number, [{ file: first! }])
    for (const [c, share] of shares(alone!).entries())
      assert.ok(Math.abs(share - shares(found[0]!)[c]!) < 1e-5)
    assert.equal(best(found[3]!), best((await predictor.predict(number, [{ file: second! }]))[0]!))
    const codes = found.map((one) => ('code' in one ? one.code : 'answered'))
    assert.deepEqual(codes, [
      'answered',
      'ERR_INPUT_MISSING',
      'ERR_INPUT_IMAGE',
      'answered',
      'ERR_INPUT_KIND',
    ])
    await predictor.drop(number)
    await assert.rejects(predictor.predict(number, []), { code: 'ERR_NO_SUCH_MODEL' })
    const { weight, bias } = state.classifier
    const narrow = { weight: { shape: [3, 2], data: weight.data.slice(0, 6) }, bias }
    await assert.rejects(predictor.take({ ...state, classifier: narrow }), { code: 'ERR_SHAPE_MISMATCH' })
    await predictor.close()
    await assert.rejects(predictor.predict(number, []), { code: 'ERR_TRAINER_CLOSED' })
  })

  it('tells of each input how far a mixture trusts the others, the mean of which is what evaluation tells', async () => {
    const random = createRandom('mixture')
    const draw = (...shape: [number, number]): Tensor => {
      return { shape, data: Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal()) }
    }
    const added = init.model.modules.flatMap(({ name, in: width, out }): [string, Tensor][] => [
      [mixerName(name), draw(2, width)],
      [restAName(name), draw(2, width)],
      [restBName(name), draw(out, 2)],
    ])
    const adapter = new Map([...state.adapter, ...added])
    const model = { adapter, adapterSpec: MIXTURE, classifier: state.classifier } satisfies EvaluatedModel
    const trainer = await createSiteTrainer(init)
    const predictor = await createPredictor(init)
    const { perClass, classCounts } = await trainer.mixerTrust(model, 'heldOut')
    const number = await predictor.take(model)
    const samples = await heldOut(site.data)
    const inputs = samples.map(({ source }) => ({ file: source }))
    const found = (await predictor.predict(number, inputs, { explain: true })) as ClassProbabilities[]
    for (const [label, count] of classCounts.entries()) {
      const own = found.filter((_, i) => samples[i]!.label === label).map(({ trust }) => trust!)
      const expected = perClass.reduce((sum, shares) => sum + shares[label]!, 0) / perClass.length
      assert.equal(own.length, count)
      assert.ok(new Set(own).size > 1, 'inputs differ')
      assert.ok(Math.abs(own.reduce((sum, share) => sum + share, 0) / count - expected) < 1e-6)
    }
    const plain = await predictor.predict(number, inputs.slice(0, 1))
    assert.ok(!('trust' in plain[0]!))
    await Promise.all([trainer.close(), predictor.close()])
  })

  it('answers on texts of all lengths as evaluation does, also where many come at once', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-texts-'))
    try {
      const random = createRandom('texts')
      const words = ['dog', 'cat', 'fox', 'card', 'bank', 'change']
      const rows = Array.from({ length: 700 }, (_, i) => {
        const text = Array.from({ length: 1 + random.below(40) }, () => words[3 * (i % 2) + random.below(3)]!)
        return `${text.join(' ')},${['animal', 'money'][i % 2]!}`
      })
      await writeFile(join(dir, 'texts.csv'), ['text,label', ...rows].join('\n'))
      const opened = await openBackbone(TINY_BERT)
      const modules = resolveTargetModules(opened, [...opened.defaultTargets])
      const data = {
        path: join(dir, 'texts.csv'),
        classes: ['animal', 'money'],
        trainFraction: 0.5,
        splitSeed: 's',
      }
      const model = { backbone: TINY_BERT, extent: 24, adapter: OWN, modules, classes: 2 }
      const of: SiteTrainerInit = { model, data: [data], rule: 'mean', threads: 1 }
      const trainer = await createSiteTrainer(of)
      const predictor = await createPredictor(of)
      const texts = await trained(of)
      const [expected] = await trainer.evaluate([texts], 'heldOut')
      const samples = await heldOut(data)
      const number = await predictor.take(texts)
      const inputs = samples.map(({ source }) => ({ text: source }))
      const few = await predictor.predict(number, [{ text: ' ' }, ...inputs.slice(0, 5)])
      const all = await predictor.predict(number, inputs)
      const again = await predictor.predict(number, [...inputs, { text: 'dog '.repeat(60) }])
      assert.deepEqual(few[0], { code: 'ERR_INPUT_EMPTY', reason: 'is empty' })
      assert.deepEqual(few.slice(1).map(best), all.slice(0, 5).map(best))
      assert.deepEqual(again.slice(0, -1).map(best), all.map(best))
      const right = all.filter((one, i) => best(one) === samples[i]!.label).length
      assert.deepEqual([samples.length, right], [expected!.count, expected!.correct])
      await Promise.all([trainer.close(), predictor.close()])
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
