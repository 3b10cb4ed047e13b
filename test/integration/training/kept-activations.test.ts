import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { SiteTrainerInit, TrainOptions, TrainResult } from '../../../src/training/types.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { CLASSES, syntheticSite, TINY_VIT } from '../../fixtures/synthetic-site.ts'
import type { SyntheticSite } from '../../fixtures/synthetic-site.ts'

const OPTIONS: TrainOptions = { epochs: 3, batchSize: 5, learningRate: 0.01, weightDecay: 0.01, seed: 'kept' }

let site: SyntheticSite
before(async () => (site = await syntheticSite({ across: 11, down: 9, plain: 7 })))
after(() => site.remove())

async function init(
  targets: readonly string[],
  change: Partial<SiteTrainerInit> = {},
): Promise<SiteTrainerInit> {
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), targets)
  const adapter = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'kept' } as const
  const model = { backbone: TINY_VIT, extent: 24, adapter, modules, classes: CLASSES.length }
  return { model, data: [site.data], rule: 'mean', threads: 1, ...change }
}

async function train(
  from: SiteTrainerInit,
  ...runs: Partial<TrainOptions>[]
): Promise<{ results: TrainResult[]; prepared: number }> {
  const trainer = await createSiteTrainer(from)
  const results: TrainResult[] = []
  let prepared = 0
  for (const options of runs) {
    const work = trainer.train(null, { ...OPTIONS, ...options })
    let step = await work.next()
    for (; !step.done; step = await work.next()) {
      if (step.value.phase === 'prepare' && step.value.done === step.value.total) prepared += 1
    }
    results.push(step.value)
  }
  await trainer.close()
  return { results, prepared }
}

describe('activations of the frozen part of the backbone', () => {
  it('are computed once, and training on them gives what training without gives', async () => {
    const last = ['layer.1.attention.attention.query', 'layer.1.output.dense']
    const runs = [{}, { seed: 'again' }, { classes: [0, 2] }]
    const kept = await train(await init(last), ...runs)
    const plain = await train(await init(last, { activationBytes: 0 }), ...runs)
    assert.deepEqual([kept.prepared, plain.prepared], [1, 0])
    for (const [run, { losses, state }] of kept.results.entries()) {
      const expected = plain.results[run]!
      assertClose(losses, expected.losses, 1e-5, `losses of run ${run}`)
      for (const [name, { data }] of state.adapter)
        assertClose(data, expected.state.adapter.get(name)!.data, 1e-3, `${name} of run ${run}`)
    }
  })

  it('serve what is measured and evaluated afterwards, held-out samples included', async () => {
    const last = ['layer.1.attention.attention.query', 'layer.1.output.dense']
    const grams = { form: 'full' } as const
    const [one, other] = await Promise.all(
      [{}, { activationBytes: 0 }].map(async (change) => {
        const trainer = await createSiteTrainer(await init(last, change))
        const work = trainer.train(null, { ...OPTIONS, grams })
        let step = await work.next()
        while (!step.done) step = await work.next()
        const { state } = step.value
        const phases = new Set<string>()
        const onProgress = ({ phase }: { phase: string }): void => void phases.add(phase)
        const evaluated = await trainer.evaluate([state, { ...state, adapter: null }], 'heldOut', {
          onProgress,
        })
        const again = new Set<string>()
        await trainer.evaluate([state], 'heldOut', { onProgress: ({ phase }) => again.add(phase) })
        const trained = await trainer.evaluate([state], 'train')
        const measured = [
          await trainer.measure(state.adapter),
          await trainer.measure(null, { classes: [0, 2] }),
        ]
        const inputs = await trainer.statistics(state.adapter, { kind: 'diagonal' })
        await trainer.close()
        return { grams: step.value.grams, evaluated, trained, measured, inputs, phases, again }
      }),
    )
    assert.deepEqual([[...one!.phases], [...one!.again]], [['prepare', 'evaluate'], ['evaluate']])
    assert.deepEqual([...other!.phases], ['evaluate'])
    assert.deepEqual([one!.evaluated, one!.trained], [other!.evaluated, other!.trained])
    for (const [name, { data }] of one!.grams) assertClose(data, other!.grams.get(name)!.data, 1e-4, name)
    for (const [i, { gram, cross }] of one!.measured.entries()) {
      assertClose(gram.data, other!.measured[i]!.gram.data, 1e-4, `gram ${i}`)
      assertClose(cross.data, other!.measured[i]!.cross.data, 1e-4, `cross ${i}`)
    }
    for (const [i, { gram, rows }] of one!.inputs.grams.entries()) {
      const expected = other!.inputs.grams[i]!
      assert.equal(rows, expected.rows)
      assert.ok(gram.kind === 'diagonal' && expected.gram.kind === 'diagonal')
      assertClose(gram.diagonal.data, expected.gram.diagonal.data, 1e-4, `inputs ${i}`)
    }
  })

  it('are not kept where images change from epoch to epoch', async () => {
    const flipped = await train(await init(['layer.1.output.dense']), { augment: { flip: true } })
    assert.equal(flipped.prepared, 0)
  })

  it('are not kept beyond the bytes that they may take', async () => {
    const small = await train(await init(['layer.1.output.dense'], { activationBytes: 10_000 }), {})
    assert.equal(small.prepared, 0)
  })

  it('are kept of texts of all lengths, those that share a batch with longer ones among them', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-kept-'))
    const path = join(dir, 'texts.jsonl')
    const rows = Array.from({ length: 41 }, (_, i) => {
      const label = ['calm', 'storm'][i % 2]
      return JSON.stringify({
        text: Array.from({ length: 1 + ((i * 7) % 23) }, () => label).join(' '),
        label,
      })
    })
    await writeFile(path, rows.join('\n'))
    const backbone = join(import.meta.dirname, '../../fixtures/tiny-bert')
    const modules = resolveTargetModules(await openBackbone(backbone), ['layer.1.attention.self.query'])
    const adapter = { kind: 'lora', rank: 2, alpha: 4, trains: 'B', seed: 'kept' } as const
    const from: SiteTrainerInit = {
      model: { backbone, extent: 24, adapter, modules, classes: 2 },
      data: [{ path, classes: ['calm', 'storm'], trainFraction: 0.8, splitSeed: 'kept' }],
      rule: 'lorm',
      threads: 1,
    }
    const kept = await train(from, {})
    const plain = await train({ ...from, activationBytes: 0 }, {})
    assert.deepEqual([kept.prepared, plain.prepared], [1, 0])
    assertClose(kept.results[0]!.losses, plain.results[0]!.losses, 1e-5, 'losses')
    await rm(dir, { recursive: true })
  })
})
