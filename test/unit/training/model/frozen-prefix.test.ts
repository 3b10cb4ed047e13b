import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { LoraSpec } from '../../../../src/merge/index.ts'
import { adapterSet } from '../../../../src/training/adapters/adapter-set.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'
import { computedInputs, topologicalOrder } from '../../../../src/training/graph/topological-order.ts'
import type { Value } from '../../../../src/training/graph/value.ts'
import { cutTrainingGraph, fromPrefix } from '../../../../src/training/model/frozen-prefix.ts'
import { loadModel } from '../../../../src/training/model/load-model.ts'
import { featureGraph, moduleInputs, statisticsGraph } from '../../../../src/training/model/model-graph.ts'
import { TINY_VIT } from '../../../fixtures/synthetic-site.ts'

const TINY_BERT = join(import.meta.dirname, '../../../fixtures/tiny-bert')
const LORA: LoraSpec = { kind: 'lora', rank: 2, alpha: 4, trains: 'B', seed: 's' }
const SHAPE = { size: 4, extent: 24 }

const computed = (outputs: Record<string, Value>): Value[] =>
  topologicalOrder(Object.values(outputs), computedInputs)

for (const [backbone, targets] of [
  [TINY_VIT, ['layer.1.*.query', 'layer.1.*.value']],
  [TINY_BERT, ['layer.1.*.query', 'layer.1.*.value']],
] as const) {
  describe(`what is kept of ${backbone.split('/').at(-1)}`, () => {
    it('serves every graph over the same samples: nothing below the adapters is computed again', async () => {
      const modules = resolveTargetModules(await openBackbone(backbone), targets)
      const model = await loadModel({ backbone, extent: 24, adapter: LORA, modules, classes: 3 })
      const stacked = { ...model, adapter: adapterSet({ ...LORA, rank: 6, trains: 'AB' }, modules) }
      const cut = cutTrainingGraph(model, SHAPE)!
      const names = modules.map(({ name }) => name)
      const graphs: Record<string, Record<string, Value>> = {
        features: featureGraph(model, SHAPE, true),
        'features of the frozen backbone': featureGraph(model, SHAPE, false),
        'features under another adapter': featureGraph(stacked, SHAPE, true),
        projected: statisticsGraph(model, SHAPE),
        inputs: Object.fromEntries(moduleInputs(model, SHAPE, true, names).map(({ x }, i) => [`${i}`, x])),
      }
      for (const [what, graph] of Object.entries(graphs)) {
        const rest = fromPrefix(cut, graph)
        const fed = computed(rest).filter(({ op }) => op === 'input').map(({ name, attributes }) => name ?? (attributes as { name: string }).name) // prettier-ignore
        assert.ok(
          fed.some((name) => name.startsWith('kept/')),
          `${what} uses what is kept`,
        )
        assert.ok(!fed.includes('pixels') && !fed.includes('tokens'), `${what} needs ${fed.join(', ')}`)
        assert.deepEqual(Object.keys(rest), Object.keys(graph))
      }
    })
  })
}
