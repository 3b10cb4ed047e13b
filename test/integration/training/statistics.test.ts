import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createRandom, frozenFactors, packedLength } from '../../../src/merge/index.ts'
import type { AdapterSpec, Tensor, TensorMap } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { batches } from '../../../src/training/data/batches.ts'
import { loadData } from '../../../src/training/data/load-data.ts'
import { loadModel } from '../../../src/training/model/load-model.ts'
import { moduleInputs } from '../../../src/training/model/model-graph.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { SiteData, SiteTrainer, SiteTrainerInit } from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT } from '../../fixtures/synthetic-site.ts'
import type { SyntheticSite } from '../../fixtures/synthetic-site.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { evaluateInDoubles } from '../../helpers/reference-evaluator.ts'

const TINY_BERT = join(import.meta.dirname, '../../fixtures/tiny-bert')
const lora: AdapterSpec = { kind: 'lora', rank: 3, alpha: 4, trains: 'B', seed: 'statistics' }

let dir: string
let images: SyntheticSite
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-statistics-'))
  images = await syntheticSite({ across: 5, down: 4, plain: 4 }, 'statistics')
  const words = ['good', 'bad', 'cat', 'the', 'a', 'of', 'film', 'on']
  const text = (i: number) =>
    Array.from({ length: 1 + ((i * 7) % 9) }, (_, j) => words[(i * 3 + j * 5) % 8]).join(' ')
  const rows = Array.from({ length: 14 }, (_, i) => `${text(i)},${i % 2 === 0 ? 'yes' : 'no'}`)
  await writeFile(join(dir, 'texts.csv'), ['text,label', ...rows, ''].join('\n'))
})
after(async () => {
  await images.remove()
  await rm(dir, { recursive: true })
})

interface Case {
  readonly backbone: string
  readonly extent: number
  readonly targets: readonly string[]
  readonly data: () => SiteData
}

const CASES: Readonly<Record<string, Case>> = {
  images: {
    backbone: TINY_VIT,
    extent: 16,
    targets: ['query', 'key', 'value', 'intermediate.dense', 'output.dense'],
    data: () => ({ ...images.data, path: images.dir, classes: CLASSES }),
  },
  texts: {
    backbone: TINY_BERT,
    extent: 12,
    targets: ['query', 'value', 'output.dense'],
    data: () => ({
      path: join(dir, 'texts.csv'),
      classes: ['no', 'yes'],
      trainFraction: 0.8,
      splitSeed: 's',
    }),
  },
}

async function trainerInit(
  { backbone, extent, targets, data }: Case,
  adapter = lora,
): Promise<SiteTrainerInit> {
  const modules = resolveTargetModules(await openBackbone(backbone), targets)
  const model = { backbone, extent, adapter, modules, classes: data().classes.length }
  return { model, data: [data()], rule: 'lorm', threads: 1 }
}

function movedAdapter({ model }: SiteTrainerInit): TensorMap {
  const random = createRandom('moved')
  return new Map(
    model.modules.map(({ name, out }): [string, Tensor] => [
      `adapter/${name}/lora_B`,
      { shape: [out, 3], data: Float32Array.from({ length: out * 3 }, () => 0.2 * random.normal()) },
    ]),
  )
}

interface OracleSum {
  readonly gram: Float64Array
  readonly rows: number
}

function addRows(sum: OracleSum | undefined, rows: readonly Float64Array[], width: number): OracleSum {
  const gram = sum?.gram ?? new Float64Array(width * width)
  for (const x of rows) {
    for (let a = 0; a < width; a++) for (let b = 0; b < width; b++) gram[a * width + b]! += x[a]! * x[b]!
  }
  return { gram, rows: (sum?.rows ?? 0) + rows.length }
}

/** XᵀX at every module, features in doubles by the reference evaluator; rows of samples only, told by what the model is fed with. */
async function oracle(init: SiteTrainerInit, adapter: TensorMap | null): Promise<Map<string, OracleSum>> {
  const loaded = await loadModel(init.model)
  const [site] = await loadData(init.data, loaded.format, () => 0, {})
  const names = init.model.modules.map(({ name }) => name)
  const values = adapter === null ? [] : [...loaded.adapter.start(adapter)]
  const sums = new Map<string, OracleSum>()
  for (const batch of batches(site!.train, loaded.format, { size: 4 })) {
    const inputs = moduleInputs(loaded, { size: 4, extent: batch.extent }, adapter !== null, names)
    const results = evaluateInDoubles(inputs.map(({ x }) => x), { ...batch.feeds, ...Object.fromEntries(values), weights: batch.weights }) // prettier-ignore
    for (const [i, { modules }] of inputs.entries()) {
      const [count = 0, width = 0] = results[i]!.shape
      const tokens = count / 4
      const filled = batch.feeds['mask']
      const kept = Array.from({ length: count }, (_, row) => row).filter(
        (row) => Math.floor(row / tokens) < batch.indices.length && filled?.[row] !== 0,
      )
      const rows = kept.map((row) => results[i]!.data.subarray(row * width, (row + 1) * width))
      for (const module of modules) sums.set(module, addRows(sums.get(module), rows, width))
    }
  }
  site!.close()
  return sums
}

const lower = (full: ArrayLike<number>, d: number): number[] =>
  Array.from({ length: d }, (_, i) => Array.from({ length: i + 1 }, (_, j) => full[i * d + j]!)).flat()

for (const [what, one] of Object.entries(CASES)) {
  describe(`statistics of ${what}`, () => {
    let init: SiteTrainerInit
    let trainer: SiteTrainer
    let adapter: TensorMap
    let expected: Awaited<ReturnType<typeof oracle>>
    before(async () => {
      init = await trainerInit(one)
      trainer = await createSiteTrainer(init)
      adapter = movedAdapter(init)
      expected = await oracle(init, adapter)
    })
    after(() => trainer.close())

    it('full: G of every module, once for those that share an input', async () => {
      const { grams, count, classCounts } = await trainer.statistics(adapter, { kind: 'full' })
      assert.deepEqual(grams.flatMap(({ modules }) => modules).sort(), init.model.modules.map(({ name }) => name).sort()) // prettier-ignore
      const shared = grams.find(({ modules }) => modules.some((name) => name.endsWith('query')))!
      assert.equal(shared.modules.length, one.targets.filter((name) => /query|key|value/.test(name)).length)
      assert.equal(
        count,
        classCounts.reduce((a, b) => a + b),
      )
      for (const { modules, rows, gram } of grams) {
        for (const module of modules) {
          const { gram: full, rows: counted } = expected.get(module)!
          assert.equal(rows, counted, `rows of ${module}`)
          assert.ok(gram.kind === 'full')
          assertClose(gram.packed.data, lower(full, Math.sqrt(full.length)), 2e-6, module)
        }
      }
    })

    it('diagonal', async () => {
      for (const { modules, gram, rows } of (await trainer.statistics(adapter, { kind: 'diagonal' })).grams) {
        const { gram: full, rows: counted } = expected.get(modules[0]!)!
        const d = Math.sqrt(full.length)
        assert.ok(gram.kind === 'diagonal')
        assert.equal(rows, counted)
        assertClose(
          gram.diagonal.data,
          full.filter((_, at) => at % (d + 1) === 0),
          2e-6,
          modules[0]!,
        )
      }
    })

    it('top-k: the eigenpairs of G and what is left of its trace', async () => {
      const k = 5
      for (const { modules, gram } of (await trainer.statistics(adapter, { kind: 'top-k', k })).grams) {
        const { gram: full } = expected.get(modules[0]!)!
        const d = Math.sqrt(full.length)
        assert.ok(gram.kind === 'top-k')
        const { values, vectors, rest } = gram
        assert.deepEqual([values.shape, vectors.shape], [[k], [k, d]])
        for (let i = 0; i < k; i++) {
          const v = vectors.data.subarray(i * d, (i + 1) * d)
          const image = Array.from({ length: d }, (_, a) => v.reduce((sum, entry, b) => sum + full[a * d + b]! * entry, 0)) // prettier-ignore
          assertClose(image, [...v].map((entry) => entry * values.data[i]!), 1e-4, `${modules[0]} pair ${i}`, values.data[0]! / d) // prettier-ignore
        }
        const trace = full.reduce((sum, entry, at) => sum + (at % (d + 1) === 0 ? entry : 0), 0)
        const kept = values.data.reduce((a, b) => a + b) + (d - k) * rest
        assert.ok(Math.abs(kept - trace) < 1e-5 * trace)
      }
    })

    it('projected: A G Aᵀ, as training yields it', async () => {
      const { grams } = await trainer.statistics(adapter, { kind: 'projected' })
      const frozen = frozenFactors(lora, init.model.modules)
      assert.equal(grams.length, init.model.modules.length)
      for (const {
        modules: [name],
        gram,
      } of grams) {
        const { gram: full } = expected.get(name!)!
        const d = Math.sqrt(full.length)
        const a = frozen.get(`frozen/${name}/lora_A`)!.data
        const projected = Array.from({ length: 9 }, (_, at) => {
          let sum = 0
          for (let i = 0; i < d; i++)
            for (let j = 0; j < d; j++)
              sum += a[Math.floor(at / 3) * d + i]! * full[i * d + j]! * a[(at % 3) * d + j]!
          return sum
        })
        assert.ok(gram.kind === 'projected')
        assertClose(gram.packed.data, lower(projected, 3), 5e-6, name!)
      }
    })

    it('of the frozen backbone, of some modules, and in another process: the same numbers', async () => {
      const { name } = init.model.modules.at(-1)!
      const options = { kind: 'full', modules: [name] } as const
      const own = await trainer.statistics(null, options)
      const plain = (await oracle(init, null)).get(name)!
      assert.deepEqual(own.grams.map(({ modules }) => modules), [[name]]) // prettier-ignore
      const { gram } = own.grams[0]!
      assert.ok(gram.kind === 'full')
      const d = Math.sqrt(plain.gram.length)
      assert.deepEqual(gram.packed.shape, [packedLength(d)])
      assertClose(gram.packed.data, lower(plain.gram, d), 2e-6, name)
      await using client = spawnTrainer()
      const remote = await client.open(init)
      assert.deepEqual(await remote.statistics(null, options), own)
    })
  })
}

describe('statistics that cannot be had', () => {
  it('are refused by the option', async () => {
    const trainer = await createSiteTrainer(await trainerInit(CASES['images']!))
    const bad: readonly (readonly [Parameters<SiteTrainer['statistics']>[1], RegExp])[] = [
      [{ kind: 'top-k', k: 0 }, /option k: expected a whole number from 1 to 23, got 0/],
      [{ kind: 'top-k', k: 24 }, /option k: expected a whole number from 1 to 23, got 24/],
      [
        { kind: 'full', modules: ['nothing'] },
        /option modules: expected names of target modules, got nothing/,
      ],
      [{ kind: 'full', modules: [] }, /option modules: expected at least one/],
    ]
    for (const [options, message] of bad)
      await assert.rejects(trainer.statistics(null, options), { code: 'ERR_STATISTICS_OPTIONS', message })
    await trainer.close()
    const free = await createSiteTrainer(await trainerInit(CASES['images']!, { ...lora, trains: 'AB' }))
    await assert.rejects(free.statistics(null, { kind: 'projected' }), { code: 'ERR_STATISTICS_OPTIONS', message: /as this adapter trains A/ }) // prettier-ignore
    await free.close()
  })
})
