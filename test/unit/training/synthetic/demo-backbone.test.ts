import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { encode } from '../../../../scripts/pretrain/encoder-graph.ts'
import { CONFIG, PATCH_NUMBERS, PATCHES } from '../../../../scripts/pretrain/architecture.ts'
import { isBackbone, parameterShapes } from '../../../../scripts/pretrain/parameters.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { withWeightFile } from '../../../../src/training/backbone/weight-file.ts'
import { constant, linear } from '../../../../src/training/graph/index.ts'
import { onnxRuntime } from '../../../../src/training/runtime/onnx/runtime.ts'
import { seededRandom } from '../../../../src/training/synthetic/random.ts'

const dir = fileURLToPath(new URL('../../../../assets/backbone', import.meta.url))

/** Numbers in [-1, 1) for two pictures, as (batch, 3, side, side). */
function randomPixels(): Float32Array {
  const random = seededRandom('pixels')
  return Float32Array.from({ length: 2 * 3 * CONFIG.image_size ** 2 }, () => random.between(-1, 1))
}

/** The same pictures cut into patches, (batch, patches, numbers). */
function cut(pixels: Float32Array): Float32Array {
  const { image_size: side, patch_size: patch } = CONFIG
  const grid = side / patch
  return Float32Array.from({ length: pixels.length }, (_, at) => {
    const x = at % patch
    const y = Math.floor(at / patch) % patch
    const channel = Math.floor(at / (patch * patch)) % 3
    const place = Math.floor(at / PATCH_NUMBERS) % PATCHES
    const picture = Math.floor(at / (PATCH_NUMBERS * PATCHES))
    const row = Math.floor(place / grid) * patch + y
    return pixels[((picture * 3 + channel) * side + row) * side + (place % grid) * patch + x]!
  })
}

describe('the backbone of the demo', () => {
  it('holds exactly the tensors of a ViT of its config, and stays small', () => {
    const expected = [...parameterShapes().keys()].filter(isBackbone).sort()
    assert.deepEqual(
      withWeightFile(dir, ({ names }) => [...names].sort()),
      expected,
    )
    const bytes = statSync(`${dir}/model.safetensors`).size
    assert.ok(bytes < 3_000_000, `${bytes} bytes`)
  })

  it('was trained: its norms and tables are no longer what they started from', async () => {
    const weights = (await openBackbone(dir)).load(CONFIG.image_size)
    const places = weights.get('vit.embeddings.position_embeddings')!.data
    const power = Math.sqrt(places.reduce((sum, value) => sum + value * value, 0) / places.length)
    assert.ok(power > 0.03, `position embeddings have deviation ${power}`)
  })

  it('gives the same class token in the graph of the pretraining and in that of the product', async () => {
    const backbone = await openBackbone(dir)
    const weights = backbone.load(CONFIG.image_size)
    const weight = (name: string) => constant(weights.get(name)!.data, weights.get(name)!.shape, name)
    const pixels = randomPixels()
    const images = constant(pixels, [2, 3, CONFIG.image_size, CONFIG.image_size])
    const product = backbone.graph(new Map([['pixels', images]]), {
      weight,
      linear: (_module, x, w, b) => linear(x, w, b),
    })
    const all = Float32Array.from({ length: PATCHES * PATCHES }, (_, i) => Number(i % (PATCHES + 1) === 0))
    const pretraining = encode(
      constant(cut(pixels), [2, PATCHES, PATCH_NUMBERS]),
      constant(all, [PATCHES, PATCHES]),
      weight,
    ).classToken
    const executable = await onnxRuntime().compile({ product, pretraining }, { threads: 1 })
    const outputs = await executable.run({})
    await executable.dispose()
    const expected = outputs['product']!.data
    assert.ok(expected.some((value) => Math.abs(value) > 0.1))
    outputs['pretraining']!.data.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]!) < 1e-4, `feature ${i}: ${value} against ${expected[i]}`)
    })
  })
})
