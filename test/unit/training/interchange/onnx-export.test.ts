import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { AdapterSpec } from '../../../../src/merge/index.ts'
import { openBackbone } from '../../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../../src/training/backbone/target-modules.ts'
import { constant, input, linear } from '../../../../src/training/graph/index.ts'
import { exportOnnx } from '../../../../src/training/interchange/onnx-export.ts'
import { loadModel } from '../../../../src/training/model/load-model.ts'
import { featureGraph } from '../../../../src/training/model/model-graph.ts'
import type { Model } from '../../../../src/training/model/model-graph.ts'
import { onnxRuntime } from '../../../../src/training/runtime/onnx/runtime.ts'
import type { ModelSpec, ModelState } from '../../../../src/training/types.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { floats, uniform } from '../../../helpers/random-data.ts'
import { randomState } from '../../../helpers/random-state.ts'
import { TINY_BACKBONE } from '../../../helpers/tiny-sites.ts'

const CLASSES = ['blé', 'maïs "dur"', 'riz', 'orge', 'seigle']
const SIDE = 24 // not the backbone's own 32: position embeddings are interpolated

const adapters: readonly AdapterSpec[] = [
  { kind: 'lora', rank: 2, alpha: 5, trains: 'B', seed: 'charter' },
  { kind: 'lora', rank: 3, alpha: 4, trains: 'AB', seed: 'charter' },
  { kind: 'lora', rank: 2, alpha: 3, trains: 'A', seed: 'charter' },
  { kind: 'ravan', heads: 3, rank: 2, alpha: 1.5, seed: 'charter' },
]

let dir: string
before(async () => (dir = await mkdtemp(join(tmpdir(), 'peermerge-onnx-'))))
after(() => rm(dir, { recursive: true, force: true }))

async function specOf(adapter: AdapterSpec): Promise<ModelSpec> {
  const modules = resolveTargetModules(await openBackbone(TINY_BACKBONE), ['query', 'output.dense'])
  return { backbone: TINY_BACKBONE, extent: SIDE, adapter, modules, classes: CLASSES.length }
}

/** Logits as the node computes them: adapter beside the weights, classifier after the features. */
async function ownLogits(
  model: Model,
  state: ModelState,
  size: number,
  pixels: Float32Array,
): Promise<Float32Array> {
  const features = await onnxRuntime().compile(featureGraph(model, { size, extent: SIDE }, true))
  const values = Object.fromEntries(model.adapter.start(state.adapter))
  const { features: x } = await features.run({ pixels, ...values })
  await features.dispose()
  const { weight, bias } = state.classifier
  const classifier = await onnxRuntime().compile({
    logits: linear(
      input('x', x!.shape),
      constant(weight.data, weight.shape),
      constant(bias.data, bias.shape),
    ),
  })
  const { logits } = await classifier.run({ x: x!.data })
  await classifier.dispose()
  return logits!.data
}

describe('an exported ONNX model', () => {
  for (const adapter of adapters) {
    const kind = adapter.kind === 'lora' ? `lora ${adapter.trains}` : adapter.kind
    it(`of ${kind} gives the node's own logits at any batch size`, async () => {
      const spec = await specOf(adapter)
      const model = await loadModel(spec)
      const state = randomState(model, 5)
      const out = join(dir, `${kind}.onnx`)
      await exportOnnx({ model: spec, state, classes: CLASSES, out })
      const session = await InferenceSession.create(out)
      assert.deepEqual([session.inputNames, session.outputNames], [['pixels'], ['logits']])
      const sizes = [1, 2, 7]
      const first: number[][] = []
      for (const size of sizes) {
        const pixels = floats(size * 3 * SIDE * SIDE, uniform(11))
        const { logits } = await session.run({ pixels: new Tensor('float32', pixels, [size, 3, SIDE, SIDE]) })
        assert.deepEqual(logits!.dims, [size, CLASSES.length])
        const actual = logits!.data as Float32Array
        assertClose(actual, await ownLogits(model, state, size, pixels), 1e-5, `batch ${size}`)
        first.push([...actual.slice(0, CLASSES.length)])
      }
      for (const row of first) assertClose(row, first[0]!, 1e-5, 'one image is the same in every batch')
      await session.release()
    })
  }

  it('says its classes, its preprocessing and what it was told, and needs the standard alone', async () => {
    const spec = await specOf(adapters[0]!)
    const out = join(dir, 'described.onnx')
    const state = randomState(await loadModel(spec), 5)
    await exportOnnx({ model: spec, state, classes: CLASSES, out, metadata: { 'merge.digest': 'abc123' } })
    const text = (await readFile(out)).toString('utf8')
    assert.ok(text.includes(JSON.stringify(CLASSES)))
    assert.ok(text.includes('merge.digest') && text.includes('abc123'))
    assert.ok(text.includes(`"size":[${SIDE},${SIDE}]`))
    assert.ok(text.includes('"mean":[0.4,0.5,0.6],"std":[0.2,0.25,0.3]'), 'the normalisation of the backbone')
    assert.ok(!text.includes('com.microsoft'))
    assert.ok(!text.includes('lora_'))
  })

  it('leaves what was there alone when it cannot be made', async () => {
    const spec = await specOf(adapters[0]!)
    const state = randomState(await loadModel(spec), 5)
    const out = join(dir, 'kept.onnx')
    await writeFile(out, 'old')
    await assert.rejects(exportOnnx({ model: spec, state, classes: ['one'], out }), {
      code: 'ERR_CLASS_MISMATCH',
      message: /5 classes, got 1/,
    })
    const foreign = {
      ...state,
      classifier: { ...state.classifier, bias: { shape: [4], data: new Float32Array(4) } },
    }
    await assert.rejects(exportOnnx({ model: spec, state: foreign, classes: CLASSES, out }), {
      code: 'ERR_SHAPE_MISMATCH',
    })
    await assert.rejects(
      exportOnnx({ model: spec, state: { ...state, adapter: new Map() }, classes: CLASSES, out }),
      { code: 'ERR_MALFORMED' },
    )
    const signal = AbortSignal.abort(new Error('enough'))
    await assert.rejects(exportOnnx({ model: spec, state, classes: CLASSES, out, signal }), /enough/)
    const nowhere = join(dir, 'no', 'such', 'folder.onnx')
    await assert.rejects(exportOnnx({ model: spec, state, classes: CLASSES, out: nowhere }), {
      code: 'ERR_CANNOT_WRITE',
      message: /folder\.onnx cannot be written/,
    })
    assert.equal(await readFile(out, 'utf8'), 'old')
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name.includes('partial')),
      [],
    )
  })
})
