import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'
import { topologicalOrder } from '../../../../src/training/graph/topological-order.ts'
import type { Value } from '../../../../src/training/graph/value.ts'
import { classOffsets } from '../../../../src/training/loop/active-classes.ts'
import { onlySlopes, slopesOf } from '../../../../src/training/loop/objective.ts'
import { CompiledGraphs } from '../../../../src/training/model/compiled-graphs.ts'
import { loadModel } from '../../../../src/training/model/load-model.ts'
import { CLASS_OFFSETS, trainingGraph } from '../../../../src/training/model/model-graph.ts'
import type { Model } from '../../../../src/training/model/model-graph.ts'
import { valuesOf } from '../../../../src/training/model/model-state.ts'
import { TINY_VIT } from '../../../fixtures/synthetic-site.ts'
import { floats, uniform } from '../../../helpers/random-data.ts'
import { randomState } from '../../../helpers/random-state.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'
import { runtimesUnderTest } from '../../../helpers/runtimes.ts'

const SHAPE = { size: 2, extent: 24 }
const runtimes = await runtimesUnderTest()

let model: Model
let values: Map<string, Float32Array>
const random = uniform(7)
const labels = Int32Array.of(1, 2)
const weights = Float32Array.of(1, 1)
const feeds = { pixels: floats(2 * 3 * 24 * 24, random, -1, 1) }

before(async () => {
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query', 'value'])
  const adapter = { kind: 'lora', rank: 2, alpha: 3, trains: 'AB', seed: 'factors' } as const
  model = await loadModel({ backbone: TINY_VIT, extent: 24, adapter, modules, classes: 3 })
  values = valuesOf(model, randomState(model, 3, 0.3))
})

/** Everything but one factor. */
const movedBy = (factor: 'A' | 'B'): string[] =>
  [...values.keys()].filter((name) => !name.endsWith(factor === 'A' ? 'lora_B' : 'lora_A'))

const products = (outputs: Record<string, Value>): number =>
  topologicalOrder(Object.values(outputs)).filter(({ op }) => op === 'matmul').length

for (const factor of ['A', 'B'] as const) {
  describe(`the slopes of ${factor} alone`, () => {
    for (const runtime of runtimes) {
      it(`are those of central differences, on ${runtime.name}`, async () => {
        const graphs = new CompiledGraphs(runtime, 1)
        const moved = movedBy(factor)
        const objective = {
          samples: { labels, sizes: labels, read: () => new Uint8Array() },
          format: model.format,
          key: factor,
          moved,
          graph: () => trainingGraph(model, SHAPE),
          constants: { [CLASS_OFFSETS]: classOffsets(undefined, 3) },
        }
        const batch = { feeds, extent: 24, labels, weights, indices: [0, 1] }
        const { loss, gradients } = await slopesOf(objective, graphs, batch, values)
        await graphs.dispose()
        assert.deepEqual([...gradients.keys()], moved)
        const inDoubles = trainingGraph(model, SHAPE)['loss']!
        const lossAt = (changed: Map<string, ArrayLike<number>>): number => {
          const all = { ...feeds, labels, weights, ...objective.constants, ...Object.fromEntries(changed) }
          return evaluateInDoubles([inDoubles], all)[0]!.data[0]!
        }
        assert.ok(Math.abs(loss - lossAt(values)) < 1e-5 * loss)
        for (const name of moved.filter((one) => one.includes('lora_')).slice(0, 3)) {
          const start = Float64Array.from(values.get(name)!)
          for (const at of [0, start.length - 1]) {
            const moves = (by: number) =>
              new Map<string, ArrayLike<number>>([...values, [name, start.with(at, start[at]! + by)]])
            const expected = (lossAt(moves(1e-4)) - lossAt(moves(-1e-4))) / 2e-4
            const error = Math.abs(gradients.get(name)![at]! - expected)
            assert.ok(error <= 2e-5 * Math.max(1, Math.abs(expected)), `${name} ${at}: off by ${error}`)
          }
        }
      })
    }

    it('cost fewer products than those of both', () => {
      const graph = trainingGraph(model, SHAPE)
      const alone = products(onlySlopes(graph, movedBy(factor)))
      // of each of the four adapters, the products that lead to the other factor alone
      assert.ok(alone <= products(graph) - 4, `${alone} of ${products(graph)}`)
    })
  })
}
