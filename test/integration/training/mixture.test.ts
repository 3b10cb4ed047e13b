import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createRandom } from '../../../src/merge/index.ts'
import type { AdapterSpec, Tensor } from '../../../src/merge/index.ts'
import { mixerName, restAName, restBName } from '../../../src/training/adapters/mixture.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type {
  MixtureSpec,
  ModelState,
  SiteTrainer,
  SiteTrainerInit,
  TrainOptions,
  TrainResult,
} from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'
import { assertClose } from '../../helpers/assert-close.ts'

const OWN: AdapterSpec = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'charter' }
const REST_RANK = 4
const MIXTURE: MixtureSpec = { kind: 'mixture', own: OWN, restRank: REST_RANK, seed: 'site' }
const OPTIONS: TrainOptions = {
  epochs: 2,
  batchSize: 8,
  learningRate: 0.01,
  weightDecay: 0.05,
  seed: 'mixture',
  mixture: { restRank: REST_RANK, seed: 'site' },
}

let site: SyntheticSite
let init: SiteTrainerInit
let given: ModelState
before(async () => {
  site = await syntheticSite({ across: 9, down: 8, plain: 7 })
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query', 'layer.1.*.value'])
  const model = { backbone: TINY_VIT, extent: 24, adapter: OWN, modules, classes: CLASSES.length }
  init = { model, data: [site.data], rule: 'mean', threads: 1 }
  given = await withOthers(init)
})
after(() => site.remove())

/** The start of a site's training among others, whose sum is drawn. */
async function withOthers({ model, data }: SiteTrainerInit): Promise<ModelState> {
  const trainer = await createSiteTrainer({ model, data, rule: 'mean', threads: 1 })
  const { state } = await trained(trainer, { ...OPTIONS, mixture: undefined, epochs: 1 }, null)
  await trainer.close()
  const random = createRandom('rest')
  const draw = (...shape: [number, number]): Tensor => ({
    shape,
    data: Float32Array.from({ length: shape[0] * shape[1] }, () => 0.3 * random.normal()),
  })
  const rest = model.modules.flatMap(({ name, in: width, out }): [string, Tensor][] => [
    [restAName(name), draw(REST_RANK, width)],
    [restBName(name), draw(out, REST_RANK)],
  ])
  return { ...state, adapter: new Map([...state.adapter, ...rest]) }
}

async function trained(
  trainer: SiteTrainer,
  options: TrainOptions,
  from: ModelState | null,
): Promise<TrainResult> {
  const work = trainer.train(from, options)
  for (;;) {
    const step = await work.next()
    if (step.done === true) return step.value
  }
}

async function withTrainer<T>(
  change: Partial<SiteTrainerInit>,
  use: (trainer: SiteTrainer) => Promise<T>,
): Promise<T> {
  const trainer = await createSiteTrainer({ ...init, ...change })
  try {
    return await use(trainer)
  } finally {
    await trainer.close()
  }
}

describe('training beside the rest of the world', () => {
  it('moves the own adapter and the mixer, and never what is given', async () => {
    const { state } = await withTrainer({}, (trainer) => trained(trainer, OPTIONS, given))
    const start = await withTrainer({}, (trainer) => trained(trainer, { ...OPTIONS, learningRate: 0 }, given))
    for (const { name } of init.model.modules) {
      for (const one of [restAName(name), restBName(name)])
        assert.deepEqual(state.adapter.get(one), given.adapter.get(one))
      for (const one of [mixerName(name), `adapter/${name}/lora_A`, `adapter/${name}/lora_B`])
        assert.notDeepEqual(state.adapter.get(one), start.state.adapter.get(one), one)
    }
  })

  it('gives the same from kept activations of the frozen layers', async () => {
    const [kept, anew] = await Promise.all(
      [{}, { activationBytes: 0 }].map((change) =>
        withTrainer(change, (trainer) => trained(trainer, OPTIONS, given)),
      ),
    )
    for (const [name, { data }] of kept!.state.adapter)
      assertClose(data, anew!.state.adapter.get(name)!.data, 1e-4, name)
    assertClose(kept!.losses, anew!.losses, 1e-5, 'losses')
  })

  it('lowers the loss of the mixture', async () => {
    const { losses } = await withTrainer({}, (trainer) => trained(trainer, { ...OPTIONS, epochs: 6 }, given))
    const third = losses.length / 3
    assert.ok(mean(losses.slice(-third)) < 0.9 * mean(losses.slice(0, third)), losses.join())
  })

  it('is evaluated as what it is: with nothing of others and a mixer of zeros, half of the own adapter', async () => {
    await withTrainer({}, async (trainer) => {
      const { state } = await trained(trainer, { ...OPTIONS, epochs: 6, learningRate: 0.05 }, given)
      const scaled = (times: (name: string) => number): ModelState['adapter'] =>
        new Map([...state.adapter].map(([name, { shape, data }]) => [name, { shape, data: data.map((entry) => times(name) * entry) }])) // prettier-ignore
      const mixed = scaled((name) => (name.startsWith('adapter/') ? 1 : 0))
      const half = scaled((name) => (name.endsWith('lora_B') ? 0.5 : 1))
      const loud = scaled((name) => (name.startsWith('rest/') ? 20 : 1))
      const { classifier } = state
      const [mixture, own, other] = await trainer.evaluate(
        [
          { adapter: mixed, adapterSpec: MIXTURE, classifier },
          { adapter: half, classifier },
          { adapter: loud, adapterSpec: MIXTURE, classifier },
        ],
        'train',
      )
      assert.deepEqual(mixture, own)
      assert.notDeepEqual(other, own)
    })
  })

  it('tells how far its mixers trust the others, class by class', async () => {
    await withTrainer({}, async (trainer) => {
      const { state } = await trained(trainer, OPTIONS, given)
      const withMixer = (change: (mixer: Tensor, name: string) => Float32Array): ModelState['adapter'] =>
        new Map([...state.adapter].map(([name, tensor]) => [name, name.startsWith('mixer/') ? { ...tensor, data: change(tensor, name) } : tensor])) // prettier-ignore
      const trust = (adapter: ModelState['adapter']) =>
        trainer.mixerTrust({ adapter, adapterSpec: MIXTURE }, 'train')
      const even = await trust(withMixer(({ data }) => new Float32Array(data.length)))
      assert.deepEqual(even.modules, init.model.modules.map(({ name }) => name)) // prettier-ignore
      for (const shares of even.perClass) assert.deepEqual(shares, [0.5, 0.5, 0.5])
      const loud = ({ data }: Tensor): Float32Array => data.map((value) => 3 * value)
      const as = await trust(withMixer(loud))
      for (const [m, shares] of as.perClass.entries()) {
        const turned = await trust(
          withMixer((mixer, name) => {
            const width = mixer.shape[1]!
            const data = loud(mixer)
            if (name !== mixerName(as.modules[m]!)) return data
            return data.map((_, i) => data[(i + width) % (2 * width)]!)
          }),
        )
        assertClose(shares as number[], turned.perClass[m]!.map((share) => 1 - share!), 1e-5, `module ${m}`) // prettier-ignore
        assert.ok(shares.some((share) => Math.abs(share! - 0.5) > 0.01))
      }
      const some = await trainer.mixerTrust({ adapter: state.adapter, adapterSpec: MIXTURE }, 'train', { classes: [1] }) // prettier-ignore
      assert.deepEqual(some.perClass[0]!.map((share) => share === null), [true, false, true]) // prettier-ignore
    })
  })

  it('refuses a rest of another rank', async () => {
    await withTrainer({}, async (trainer) => {
      const options = { ...OPTIONS, mixture: { restRank: 3, seed: 'site' } }
      await assert.rejects(trained(trainer, options, given), { code: 'ERR_SHAPE_MISMATCH' })
    })
  })
})

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length
