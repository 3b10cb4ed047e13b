import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { constant, linear } from '../../../src/training/graph/index.ts'
import { exportOnnx } from '../../../src/training/interchange/onnx-export.ts'
import { loadModel } from '../../../src/training/model/load-model.ts'
import { featureGraph } from '../../../src/training/model/model-graph.ts'
import { onnxRuntime } from '../../../src/training/runtime/onnx/runtime.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { integers, uniform } from '../../helpers/random-data.ts'
import { randomState } from '../../helpers/random-state.ts'
import { TINY_BACKBONE } from '../../helpers/tiny-sites.ts'

const python = process.env['PEERMERGE_PYTHON']
const CLASSES = ['blé', 'maïs', 'riz']
const SIDE = 16

/** Knows nothing but the file: its metadata say how levels become pixels. */
const SCRIPT = `
import json, sys
import numpy, onnx, onnxruntime
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
meta = {entry.key: entry.value for entry in model.metadata_props}
how = json.loads(meta["preprocessing"])
levels = numpy.array(json.load(open(sys.argv[2])), dtype=numpy.float32)
side = how["size"][0]
images = levels.reshape(-1, side, side, 3) * how["rescale"]
pixels = ((images - how["mean"]) / how["std"]).transpose(0, 3, 1, 2).astype(numpy.float32)
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
run = lambda batch: session.run(["logits"], {"pixels": batch})[0].ravel().tolist()
print(json.dumps({
  "meta": meta,
  "opsets": [[entry.domain, entry.version] for entry in model.opset_import],
  "shape": [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim],
  "together": run(pixels),
  "alone": sum((run(pixels[i:i + 1]) for i in range(len(pixels))), []),
}))
`

it(
  "Python's onnxruntime computes an exported model from its file alone",
  { skip: python === undefined && 'PEERMERGE_PYTHON names no Python with onnx and onnxruntime' },
  async (test) => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-onnx-'))
    test.after(() => rm(dir, { recursive: true, force: true }))
    const backbone = await openBackbone(TINY_BACKBONE)
    const modules = resolveTargetModules(backbone, ['query', 'intermediate.dense'])
    const adapter = { kind: 'ravan', heads: 2, rank: 3, alpha: 2, seed: 'charter' } as const
    const spec = { backbone: backbone.dir, extent: SIDE, adapter, modules, classes: CLASSES.length }
    const model = await loadModel(spec)
    const state = randomState(model, 9)
    const out = join(dir, 'merged.onnx')
    await exportOnnx({ model: spec, state, classes: CLASSES, out, metadata: { 'merge.digest': 'f00d' } })

    const size = 3
    const images = Uint8Array.from(integers(size * SIDE * SIDE * 3, uniform(4), 256))
    const levels = join(dir, 'levels.json')
    await writeFile(levels, JSON.stringify([...images]))
    const { stdout } = await promisify(execFile)(python!, ['-c', SCRIPT, out, levels])
    const told = JSON.parse(stdout) as {
      meta: Record<string, string>
      opsets: [string, number][]
      shape: (string | number)[]
      together: number[]
      alone: number[]
    }

    assert.deepEqual(JSON.parse(told.meta['classes']!), CLASSES)
    assert.equal(told.meta['merge.digest'], 'f00d')
    assert.deepEqual(told.opsets, [['', 20]])
    assert.deepEqual(told.shape, ['batch', 3, SIDE, SIDE])

    const feeds = model.format.feeds(size, SIDE)
    for (let row = 0; row < size; row++) {
      const record = images.subarray(row * SIDE * SIDE * 3, (row + 1) * SIDE * SIDE * 3)
      model.format.write(record, feeds, row, SIDE)
    }
    const executable = await onnxRuntime().compile(featureGraph(model, { size, extent: SIDE }, true))
    const { features } = await executable.run({
      ...feeds,
      ...Object.fromEntries(model.adapter.start(state.adapter)),
    })
    await executable.dispose()
    const { weight, bias } = state.classifier
    const classifier = await onnxRuntime().compile({
      logits: linear(
        constant(features!.data, features!.shape),
        constant(weight.data, weight.shape),
        constant(bias.data, bias.shape),
      ),
    })
    const { logits } = await classifier.run({})
    await classifier.dispose()
    assertClose(told.together, logits!.data, 1e-4, 'three images at once')
    assertClose(told.alone, logits!.data, 1e-4, 'one image at a time')
  },
)
