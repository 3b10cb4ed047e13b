import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AdamW } from '../../../../scripts/pretrain/adamw.ts'
import { FORMULAS } from '../../../../scripts/pretrain/architecture.ts'
import { formulaSet } from '../../../../scripts/pretrain/formula/formula-set.ts'
import { initialParameters, isBackbone } from '../../../../scripts/pretrain/parameters.ts'
import { PicturePool } from '../../../../scripts/pretrain/picture-pool.ts'
import { pretrainingGraph } from '../../../../scripts/pretrain/pretraining-graph.ts'
import { onnxRuntime } from '../../../../src/training/runtime/onnx/runtime.ts'
import { seededRandom } from '../../../../src/training/synthetic/random.ts'

describe('pretraining', () => {
  it('lowers its loss on a batch that it repeats, and moves every tensor of the backbone', async () => {
    const set = formulaSet({ seed: 'small', ...FORMULAS })
    const pool = new PicturePool(set, seededRandom('pool'), 50)
    pool.draw(20)
    const batch = pool.batch(6, 10, 2)
    const parameters = initialParameters('start')
    const start = new Map([...parameters].map(([name, { data }]) => [name, data.slice()]))
    const weights = Object.fromEntries([...parameters].map(([name, { data }]) => [name, data]))
    const optimizer = new AdamW(parameters, { weightDecay: 0.05, maxNorm: 1 })
    const executable = await onnxRuntime().compile(pretrainingGraph(6, 10), { threads: 1 })
    const losses: number[] = []
    for (let step = 0; step < 6; step++) {
      const outputs = await executable.run({ ...batch, ...weights })
      losses.push(outputs['loss']!.data[0]!)
      optimizer.step((name) => outputs[`gradient/${name}`]!.data, 1e-3)
    }
    await executable.dispose()
    assert.ok(losses.at(-1)! < 0.8 * losses[0]!, `losses ${losses.join(', ')}`)
    for (const [name, { data }] of parameters) {
      if (!isBackbone(name)) continue
      const before = start.get(name)!
      assert.ok(
        data.some((value, i) => value !== before[i]),
        `${name} has not moved`,
      )
    }
  })
})
