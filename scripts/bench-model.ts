import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom, writeSafetensors } from '../src/merge/index.ts'
import { adapterSet } from '../src/training/adapters/adapter-set.ts'
import type { Parameter } from '../src/training/adapters/adapter.ts'
import { openBert } from '../src/training/backbone/bert/bert-backbone.ts'
import { randomWeights } from '../src/training/backbone/random-weights.ts'
import { openVit } from '../src/training/backbone/vit/vit-backbone.ts'
import type { Value } from '../src/training/graph/index.ts'
import {
  CLASS_OFFSETS,
  featureGraph,
  trainedParameters,
  trainingGraph,
} from '../src/training/model/model-graph.ts'
import type { GraphModel } from '../src/training/model/model-graph.ts'
import type { Feeds } from '../src/training/runtime/runtime.ts'
import type { BenchCase } from './bench-cases.ts'

export interface BenchModel {
  readonly outputs: Readonly<Record<string, Value>>
  readonly feeds: Feeds
}

/** The graph that the trainer runs for such a model, with random weights and data. */
export async function benchModel(bench: BenchCase): Promise<BenchModel> {
  const model = await randomModel(bench)
  const shape = { size: bench.batch, extent: bench.extent }
  const samples = bench.family === 'bert' ? texts(bench) : images(bench)
  if (bench.does === 'features') {
    const feeds = { ...samples, ...noise(model.adapter.parameters) }
    return { outputs: featureGraph(model, shape, true), feeds }
  }
  const feeds = {
    ...samples,
    labels: Int32Array.from({ length: bench.batch }, (_, i) => i % bench.classes),
    weights: new Float32Array(bench.batch).fill(1),
    [CLASS_OFFSETS]: new Float32Array(bench.classes),
    ...noise(trainedParameters(model)),
  }
  return { outputs: trainingGraph(model, shape), feeds }
}

async function randomModel(bench: BenchCase): Promise<GraphModel> {
  const backbone = await openRandom(bench)
  const suffixes = bench.everywhere ? [''] : ['query', 'value']
  const modules = backbone.linears.filter(({ name }) => suffixes.some((suffix) => name.endsWith(suffix)))
  const { rank, extent, classes } = bench
  const trains = bench.trainsA ? 'AB' : 'B'
  const adapter = adapterSet({ kind: 'lora', rank, alpha: 2 * rank, trains, seed: 'bench' }, modules)
  return { backbone, weights: randomWeights(backbone, extent, 'bench'), adapter, extent, classes }
}

/** Opens a directory with the config of this case; the file of weights is only there to be seen. */
async function openRandom(bench: BenchCase): Promise<GraphModel['backbone']> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const { layers, width, heads, extent, patch, vocabulary } = bench
    const config = {
      hidden_size: width,
      intermediate_size: 4 * width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      ...(bench.family === 'bert' ? { vocab_size: vocabulary } : { image_size: extent, patch_size: patch }),
    }
    await writeFile(join(dir, 'config.json'), JSON.stringify(config))
    await mkdir(join(dir, '1_Pooling'))
    await writeFile(join(dir, '1_Pooling/config.json'), JSON.stringify({ pooling_mode: 'mean' }))
    const nothing = new Map([['unused', { shape: [1], data: new Float32Array(1) }]])
    await writeFile(join(dir, 'model.safetensors'), writeSafetensors(nothing))
    return await (bench.family === 'bert' ? openBert(dir) : openVit(dir))
  } finally {
    await rm(dir, { recursive: true })
  }
}

function texts({ batch, extent, vocabulary }: BenchCase): Record<string, Float32Array | Int32Array> {
  const length = batch * extent
  return {
    tokens: Int32Array.from({ length }, (_, i) => (i * 7919) % vocabulary),
    mask: new Float32Array(length).fill(1),
  }
}

function images({ batch, extent }: BenchCase): Record<string, Float32Array> {
  return noise([{ name: 'pixels', shape: [batch, 3, extent, extent] }], 1)
}

function noise(parameters: readonly Parameter[], deviation = 0.02): Record<string, Float32Array> {
  const named = parameters.map(({ name, shape }) => {
    const random = createRandom(name)
    const length = shape.reduce((product, axis) => product * axis, 1)
    return [name, Float32Array.from({ length }, () => deviation * random.normal())] as const
  })
  return Object.fromEntries(named)
}
