import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LoraSpec } from '../../../../src/merge/index.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'
import { constant } from '../../../../src/training/graph/index.ts'
import { AdapterModels } from '../../../../src/training/model/adapter-models.ts'
import { CompiledGraphs } from '../../../../src/training/model/compiled-graphs.ts'
import { loadModel } from '../../../../src/training/model/load-model.ts'
import type { Runtime } from '../../../../src/training/runtime/runtime.ts'
import { TINY_VIT } from '../../../fixtures/synthetic-site.ts'

const OWN: LoraSpec = { kind: 'lora', rank: 2, alpha: 3, trains: 'AB', seed: 's' }
const stacked = (tasks: number): LoraSpec => ({ ...OWN, rank: 2 * tasks, alpha: 3 * tasks })

/** Counts what is compiled and freed. */
function countingRuntime(): Runtime & { open: number } {
  const runtime = {
    name: 'counting',
    open: 0,
    compile: () => {
      runtime.open += 1
      return Promise.resolve({
        run: () => Promise.resolve({}),
        dispose: () => Promise.resolve(void (runtime.open -= 1)),
      })
    },
  }
  return runtime
}

describe('models of other adapters', () => {
  it('are had by spec, however it is written down, and few of their graphs are kept', async () => {
    const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query'])
    const model = await loadModel({ backbone: TINY_VIT, extent: 24, adapter: OWN, modules, classes: 3 })
    const runtime = countingRuntime()
    const models = new AdapterModels(model, OWN, modules, new CompiledGraphs(runtime))
    const use = async (spec: LoraSpec | undefined): Promise<void> => {
      const { graphs } = await models.of(spec)
      await graphs.run('features/1', () => ({ y: constant(Float32Array.of(0), [1]) }), {})
    }
    assert.equal((await models.of(undefined)).model, model)
    const { rank, ...rest } = OWN
    assert.equal((await models.of({ ...rest, rank })).model, model, 'the same spec in another order')
    await use(undefined)
    await use(stacked(2))
    const two = await models.of(stacked(2))
    assert.deepEqual(two.model.adapter.parameters[0]!.shape, [4, 24])
    await use(stacked(2))
    assert.equal(runtime.open, 2, 'compiled once a spec')
    await use(stacked(3))
    assert.equal(runtime.open, 3)
    await use(stacked(2))
    await use(stacked(4))
    assert.equal(runtime.open, 3, 'of a third spec the graphs are freed')
    assert.equal((await models.of(stacked(2))).model, two.model, 'not those of the one that was used since')
    await use(undefined)
    assert.equal(runtime.open, 3, 'nor the own ones')
  })
})
