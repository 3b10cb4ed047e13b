import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gramName, loraAName, loraBName } from '../../../src/merge/index.ts'
import type { AdapterSpec, Tensor } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { loadModel } from '../../../src/training/model/load-model.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type {
  ModelState,
  SiteTrainer,
  SiteTrainerInit,
  TrainOptions,
  TrainResult,
} from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { randomState } from '../../helpers/random-state.ts'

const OPTIONS: TrainOptions = {
  epochs: 2,
  batchSize: 8,
  learningRate: 0.01,
  weightDecay: 0.05,
  seed: 'factors',
}
const RANK = 3
const LORA: AdapterSpec = { kind: 'lora', rank: RANK, alpha: 6, trains: 'AB', seed: 'charter' }

let site: SyntheticSite
let from: ModelState
before(async () => {
  site = await syntheticSite({ across: 9, down: 8, plain: 7 })
  from = randomState(await loadModel((await init()).model), 5, 0.2)
})
after(() => site.remove())

async function init(change: Partial<SiteTrainerInit> = {}, adapter = LORA): Promise<SiteTrainerInit> {
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['layer.1.*.query', 'layer.1.*.value'])
  const model = { backbone: TINY_VIT, extent: 24, adapter, modules, classes: CLASSES.length }
  return { model, data: [site.data], rule: 'mean', threads: 1, ...change }
}

async function train(
  trainer: SiteTrainer,
  options: Partial<TrainOptions>,
  start: ModelState | null = from,
): Promise<TrainResult> {
  const work = trainer.train(start, { ...OPTIONS, ...options })
  for (;;) {
    const step = await work.next()
    if (step.done === true) return step.value
  }
}

const names = async (nameOf: (module: string) => string): Promise<string[]> =>
  (await init()).model.modules.map(({ name }) => nameOf(name))

/** A G Aᵀ, packed, in doubles, from A (rank, d) and the packed G. */
function projected({ data: a, shape: [rank = 0, d = 0] }: Tensor, g: ArrayLike<number>): number[] {
  const entry = (i: number, j: number): number => g[i >= j ? (i * (i + 1)) / 2 + j : (j * (j + 1)) / 2 + i]!
  const packed: number[] = []
  for (let r = 0; r < rank; r++) {
    for (let s = 0; s <= r; s++) {
      let sum = 0
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d; j++) sum += a[r * d + i]! * entry(i, j) * a[s * d + j]!
      packed.push(sum)
    }
  }
  return packed
}

describe('one factor of LoRA trained alone', () => {
  for (const [factor, nameOf, otherOf] of [
    ['A', loraAName, loraBName],
    ['B', loraBName, loraAName],
  ] as const) {
    it(`${factor}: moves and is contributed, the other stays to the last bit`, async () => {
      for (const activationBytes of [0, undefined]) {
        const trainer = await createSiteTrainer(await init(activationBytes === 0 ? { activationBytes } : {}))
        const result = await train(trainer, { factors: factor })
        await trainer.close()
        assert.deepEqual(result.trained, await names(nameOf))
        for (const name of await names(otherOf))
          assert.deepEqual(result.state.adapter.get(name), from.adapter.get(name), name)
        for (const name of await names(nameOf))
          assert.notDeepEqual(result.state.adapter.get(name), from.adapter.get(name), name)
        assert.equal(result.state.adapter.size, from.adapter.size, 'the state holds both')
      }
    })
  }

  it('from the start: A is that of the seed, and B moves from zero', async () => {
    const trainer = await createSiteTrainer(await init())
    const { state } = await train(trainer, { factors: 'B' }, null)
    await trainer.close()
    const start = (await loadModel((await init()).model)).adapter.start(null)
    for (const name of await names(loraAName))
      assert.deepEqual(state.adapter.get(name)!.data, start.get(name))
    for (const name of await names(loraBName)) assert.ok(state.adapter.get(name)!.data.some((x) => x !== 0))
  })

  it('B under the seeded A is what an adapter that trains B alone gives', async () => {
    const both = await createSiteTrainer(await init())
    const alone = await createSiteTrainer(await init({}, { ...LORA, trains: 'B' }))
    const [one, other] = [await train(both, { factors: 'B' }, null), await train(alone, {}, null)]
    await both.close()
    await alone.close()
    assert.deepEqual(one.trained, other.trained)
    assertClose(one.losses, other.losses, 1e-5, 'losses')
    for (const name of one.trained)
      assertClose(one.state.adapter.get(name)!.data, other.state.adapter.get(name)!.data, 1e-3, name)
  })

  it('is refused of an adapter that does not train both, by name', async () => {
    for (const [adapter, message] of [
      [
        { ...LORA, trains: 'B' },
        /factors: expected nothing but for lora that trains AB, got A for one that trains B/,
      ],
      [{ kind: 'ravan', heads: 2, rank: 2, alpha: 1, seed: 's' }, /factors: .*got A for an adapter without/],
    ] as const) {
      const trainer = await createSiteTrainer(await init({}, adapter))
      await assert.rejects(train(trainer, { factors: 'A' }, null), { code: 'ERR_TRAIN_OPTIONS', message })
      await trainer.close()
    }
  })

  it('goes on from its own checkpoint, not from that of the other factor', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-factors-'))
    const file = join(dir, 'checkpoint')
    const trainer = await createSiteTrainer(await init())
    const whole = await train(trainer, { factors: 'B' })
    for (const [stopped, starts] of [
      ['B', true],
      ['A', false],
    ] as const) {
      const controller = new AbortController()
      const work = { checkpoint: { file }, signal: controller.signal }
      const stopping = trainer.train(from, { ...OPTIONS, factors: stopped }, work)
      await assert.rejects(async () => {
        for await (const { phase, done } of stopping) if (phase === 'train' && done >= 8) controller.abort()
      })
      assert.ok(existsSync(file))
      const again = trainer.train(from, { ...OPTIONS, factors: 'B' }, { checkpoint: { file } })
      let step = await again.next()
      assert.equal(!step.done && step.value.done > 8, starts, `after ${stopped} was stopped`)
      while (step.done !== true) step = await again.next()
      assert.deepEqual(step.value, whole)
    }
    await trainer.close()
    await rm(dir, { recursive: true })
  })
})

describe('Grams asked for by a run', () => {
  it('projected, B trained: A G Aᵀ of the A that it started from', async () => {
    const trainer = await createSiteTrainer(await init())
    const { grams, state } = await train(trainer, { factors: 'B', grams: { form: 'projected' } })
    const full = await trainer.statistics(state.adapter, { kind: 'full' })
    await trainer.close()
    assert.deepEqual([...grams.keys()], await names(gramName))
    for (const { name } of (await init()).model.modules) {
      const { gram } = full.grams.find(({ modules }) => modules.includes(name))!
      assert.ok(gram.kind === 'full')
      const own = grams.get(gramName(name))!
      assert.deepEqual(own.shape, [(RANK * (RANK + 1)) / 2])
      assertClose(own.data, projected(from.adapter.get(loraAName(name))!, gram.packed.data), 5e-6, name)
    }
  })

  it('full, diagonal or top-k, whichever factor; none; or as the trainer was told', async () => {
    const trainer = await createSiteTrainer(await init({ grams: { form: 'diagonal' } }))
    const last = (await names(gramName)).at(-1)!
    for (const factors of ['A', 'B'] as const) {
      const shapeOf = async (grams: TrainOptions['grams']): Promise<readonly number[] | undefined> =>
        (await train(trainer, { factors, grams })).grams.get(last)?.shape
      assert.deepEqual(await shapeOf({ form: 'full' }), [(24 * 25) / 2])
      assert.deepEqual(await shapeOf({ form: 'top-k', k: 4 }), [4])
      assert.deepEqual(await shapeOf(undefined), [24])
      assert.equal(await shapeOf('none'), undefined)
    }
    await trainer.close()
  })

  it('are refused where they would be of an A that others have not', async () => {
    const trainer = await createSiteTrainer(await init())
    for (const factors of ['A', undefined] as const)
      await assert.rejects(train(trainer, { factors, grams: { form: 'projected' } }), {
        code: 'ERR_TRAIN_OPTIONS',
        message: /grams: expected full, diagonal or top-k, as this run trains A, got projected/,
      })
    await assert.rejects(train(trainer, { grams: { form: 'joint' } }), {
      code: 'ERR_TRAIN_OPTIONS',
      message: /grams/,
    })
    await trainer.close()
  })

  it('come through the process', async () => {
    const options = { factors: 'B', grams: { form: 'projected' } } as const
    const trainer = await createSiteTrainer(await init())
    const own = await train(trainer, options)
    await trainer.close()
    await using client = spawnTrainer()
    assert.deepEqual(await train(await client.open(await init()), options), own)
  })
})
