import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createRandom, writeSafetensors } from '../../../src/merge/index.ts'
import type { AdapterSpec, Tensor } from '../../../src/merge/index.ts'
import { adapterSet } from '../../../src/training/adapters/adapter-set.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { exportPeft } from '../../../src/training/interchange/export-peft.ts'
import type { ModelSpec, ModelState } from '../../../src/training/types.ts'
import { TINY_VIT } from '../../fixtures/synthetic-site.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { formulaPixels, logitsOf } from '../../helpers/logits.ts'

const python = process.env['PEERMERGE_PYTHON']
const data = process.env['PEERMERGE_DATA']
const script = join(import.meta.dirname, '../../fixtures/make_peft_fixture.py')

const ADAPTERS: Readonly<Record<string, AdapterSpec>> = {
  'lora, B trained': { kind: 'lora', rank: 4, alpha: 6, trains: 'B', seed: 'peft' },
  'rank-stabilised lora, A and B trained': { kind: 'lora', rank: 3, alpha: 2, trains: 'AB', scaling: 'rslora', seed: 'peft' }, // prettier-ignore
  ravan: { kind: 'ravan', heads: 3, rank: 4, alpha: 1.7, seed: 'peft' },
  'ravan between normal bases': {
    kind: 'ravan',
    heads: 2,
    rank: 5,
    alpha: 0.9,
    bases: 'normal',
    seed: 'peft',
  },
}
const BACKBONES = [
  { name: 'a random ViT', dir: TINY_VIT, extent: 32, skip: false },
  {
    name: 'ViT-Tiny',
    dir: join(data ?? '', 'models/vit-tiny-patch16-224'),
    extent: 224,
    skip: data === undefined && 'PEERMERGE_DATA is not set',
  },
]

describe(
  'an exported adapter in the installed PEFT',
  {
    skip: python === undefined && 'PEERMERGE_PYTHON is not set (a Python with torch, transformers and peft)',
  },
  () => {
    // prettier-ignore
    let dir: string
    before(async () => (dir = await mkdtemp(join(tmpdir(), 'peermerge-peft-'))))
    after(() => rm(dir, { recursive: true }))

    for (const { name, dir: backbone, extent, skip } of BACKBONES) {
      for (const [label, adapter] of Object.entries(ADAPTERS)) {
        it(`${label} on ${name}: the logits are the node’s`, { skip }, async () => {
          const targets = ['query', 'value', 'attention.output.dense', 'intermediate.dense']
          const modules = resolveTargetModules(await openBackbone(backbone), targets)
          const model: ModelSpec = { backbone, extent, adapter, modules, classes: 3 }
          const state = randomState(model, (await openBackbone(backbone)).features)
          const out = join(dir, `${name} ${label}`)
          const { autoClass } = await exportPeft({ model, state, classes: ['a', 'b', 'c'], out })

          const pixels = formulaPixels(2, extent)
          const inputs = new Map([['pixel_values', { shape: [2, 3, extent, extent], data: pixels }]])
          await writeFile(join(out, 'inputs'), writeSafetensors(inputs))
          const answer = execFileSync(python!, [script, out, backbone, autoClass, '3', join(out, 'inputs')], { encoding: 'utf8' }) // prettier-ignore
          const { logits } = JSON.parse(answer) as { logits: number[][] }
          const own = await logitsOf(model, state, { pixels }, { size: 2, extent })
          assertClose(own, logits.flat(), 1e-4, 'logits')
          const still: ModelState = { ...state, adapter: adapterAtStart(model) }
          const without = await logitsOf(model, still, { pixels }, { size: 2, extent })
          assert.ok(own.some((logit, i) => Math.abs(logit - without[i]!) > 0.1), 'the adapter does something') // prettier-ignore
        })
      }
    }
  },
)

function adapterAtStart({ adapter, modules }: ModelSpec): ReadonlyMap<string, Tensor> {
  const set = adapterSet(adapter, modules)
  return set.wire(set.start(null))
}

function randomState(model: ModelSpec, features: number): ModelState {
  const random = createRandom('state')
  const draw = (shape: readonly number[], deviation: number): Tensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => deviation * random.normal()),
  })
  const adapter = [...adapterAtStart(model)].map(([name, { shape }]) => [name, draw(shape, 0.1)] as const)
  return {
    adapter: new Map(adapter),
    classifier: { weight: draw([model.classes, features], 0.3), bias: draw([model.classes], 0.3) },
  }
}
