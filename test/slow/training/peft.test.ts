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
import type { PeftExport } from '../../../src/training/interchange/export-peft.ts'
import type { Feeds } from '../../../src/training/model/compiled-graphs.ts'
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
interface BackboneCase {
  readonly name: string
  readonly dir: string
  readonly extent: number
  readonly targets: readonly string[]
  readonly skip: string | false
}

const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures', name)
const VIT = ['query', 'value', 'attention.output.dense', 'intermediate.dense']
const LLAMA = ['q_proj', 'v_proj', 'gate_proj', 'down_proj']
const minilm = process.env['PEERMERGE_MINILM']
const BACKBONES: readonly BackboneCase[] = [
  { name: 'a random ViT', dir: TINY_VIT, extent: 32, targets: VIT, skip: false },
  { name: 'a random DeiT', dir: fixture('tiny-deit'), extent: 24, targets: VIT, skip: false },
  {
    name: 'a random BERT',
    dir: fixture('tiny-bert'),
    extent: 12,
    targets: ['query', 'value', 'output.dense'],
    skip: false,
  },
  { name: 'a random Llama', dir: fixture('tiny-llama'), extent: 12, targets: LLAMA, skip: false },
  {
    name: 'ViT-Tiny',
    dir: join(data ?? '', 'models/vit-tiny-patch16-224'),
    extent: 224,
    targets: VIT,
    skip: data === undefined && 'PEERMERGE_DATA is not set',
  },
  {
    name: 'MiniLM',
    dir: minilm ?? '',
    extent: 16,
    targets: ['query', 'key', 'value', 'dense'],
    skip: minilm === undefined && 'PEERMERGE_MINILM is not set (a directory with all-MiniLM-L6-v2)',
  },
]
const SIZE = 2

/** A batch as both sides are fed with it; of texts the second is shorter. */
function batchOf(modality: string, extent: number): { own: Feeds; theirs: Map<string, Tensor> } {
  if (modality === 'image') {
    const pixels = formulaPixels(SIZE, extent)
    const shape = [SIZE, 3, extent, extent]
    return { own: { pixels }, theirs: new Map([['pixel_values', { shape, data: pixels }]]) }
  }
  const mask = Float32Array.from({ length: SIZE * extent }, (_, i) => (i < extent + 5 ? 1 : 0))
  const tokens = Int32Array.from(mask, (kept, i) => (kept === 1 ? 3 + ((i * 7) % 25) : 0))
  const shape = [SIZE, extent]
  const theirs = new Map([
    ['input_ids', { shape, data: Float32Array.from(tokens) }],
    ['attention_mask', { shape, data: mask }],
  ])
  return { own: { tokens, mask }, theirs }
}

interface Answer {
  readonly logits: unknown[]
  readonly hidden: number[][][]
}

/** Logits of the samples from those that transformers gives: of texts at every token, and as `export` tells to scale them. */
function logitsOfSamples(
  { pooling, normalized = false }: PeftExport,
  { logits, hidden }: Answer,
  mask: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[] {
  if (pooling === undefined) return (logits as number[][]).flat()
  const features = pooled(pooling, hidden, mask)
  return pooled(pooling, logits as number[][][], mask).flatMap((row, sample) => {
    const scale = normalized ? Math.sqrt(features[sample]!.length) / Math.hypot(...features[sample]!) : 1
    return row.map((logit, c) => (logit - bias[c]!) * scale + bias[c]!)
  })
}

/** Of the first or last token of every text, or the mean over them. */
function pooled(pooling: string, rows: number[][][], mask: ArrayLike<number>): number[][] {
  return rows.map((tokens, row) => {
    const kept = tokens.filter((_, i) => mask[row * tokens.length + i] === 1)
    if (pooling !== 'mean') return kept.at(pooling === 'cls' ? 0 : -1)!
    return kept[0]!.map((_, c) => kept.reduce((sum, token) => sum + token[c]!, 0) / kept.length)
  })
}

const without = 'PEERMERGE_PYTHON is not set (a Python with torch, transformers and peft)'
describe('an exported adapter in the installed PEFT', { skip: python === undefined && without }, () => {
  let dir: string
  before(async () => (dir = await mkdtemp(join(tmpdir(), 'peermerge-peft-'))))
  after(() => rm(dir, { recursive: true }))

  for (const { name, dir: backbone, extent, targets, skip } of BACKBONES) {
    for (const [label, adapter] of Object.entries(ADAPTERS)) {
      it(`${label} on ${name}: the logits are the node’s`, { skip }, async () => {
        const { modality, features, linears } = await openBackbone(backbone)
        const modules = resolveTargetModules({ linears }, targets)
        const model: ModelSpec = { backbone, extent, adapter, modules, classes: 3 }
        const state = randomState(model, features)
        const out = join(dir, `${name} ${label}`)
        const told = await exportPeft({ model, state, classes: ['a', 'b', 'c'], out })

        const { own: feeds, theirs } = batchOf(modality, extent)
        const file = join(out, 'inputs')
        await writeFile(file, writeSafetensors(theirs))
        const answer = execFileSync(python!, [script, out, backbone, told.autoClass, '3', file], {
          encoding: 'utf8',
        })
        const own = await logitsOf(model, state, feeds, { size: SIZE, extent })
        const theirLogits = logitsOfSamples(
          told,
          JSON.parse(answer) as Answer,
          feeds['mask'] ?? [],
          state.classifier.bias.data,
        )
        assertClose(own, theirLogits, 1e-4, 'logits')
        const still: ModelState = { ...state, adapter: adapterAtStart(model) }
        const start = await logitsOf(model, still, feeds, { size: SIZE, extent })
        assert.ok(
          own.some((logit, i) => Math.abs(logit - start[i]!) > 0.02),
          'the adapter does something',
        )
      })
    }
  }
})

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
