import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { sharedInputs, withSharedInputs } from '../../../../src/training/backbone/shared-inputs.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures')

describe('linear layers with one input', () => {
  for (const [name, dir, ends] of [
    ['ViT', 'tiny-vit', [['query', 'key', 'value']]],
    ['BERT', 'tiny-bert', [['query', 'key', 'value']]],
    [
      'Llama',
      'tiny-llama',
      [
        ['q_proj', 'k_proj', 'v_proj'],
        ['gate_proj', 'up_proj'],
      ],
    ],
  ] as const) {
    it(`are found in the graph of ${name}, and the first one chosen is who the others name`, async () => {
      const backbone = await openBackbone(join(fixtures, dir))
      const inputs = sharedInputs(backbone)
      const end = (module: string): string => module.split('.').at(-1)!
      assert.deepEqual(inputs.flat().sort(), backbone.linears.map((module) => module.name).sort())
      const several = inputs.filter((names) => names.length > 1).map((names) => names.map(end))
      assert.deepEqual(
        [...new Set(several.map((names) => names.join()))],
        ends.map((names) => names.join()),
      )
      const [first, second] = [ends[0][1], ends[0][2]]
      const modules = withSharedInputs(resolveTargetModules(backbone, [first, second]), inputs)
      const layer = (module: string): string => module.slice(0, -end(module).length)
      for (const { name: module, input } of modules)
        assert.equal(input, end(module) === second ? layer(module) + first : undefined)
    })
  }
})
