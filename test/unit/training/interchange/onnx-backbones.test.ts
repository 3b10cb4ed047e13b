import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { openBert } from '../../../../src/training/backbone/bert/bert-backbone.ts'
import { openLlama } from '../../../../src/training/backbone/llama/llama-backbone.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import { withDynamicBatch } from '../../../../src/training/interchange/onnx-dynamic-batch.ts'
import { sampleInputs } from '../../../../src/training/model/sample-inputs.ts'
import { modelProto } from '../../../../src/training/runtime/onnx/model-proto.ts'
import { onnxModel } from '../../../../src/training/runtime/onnx/onnx-model.ts'
import { programOf } from '../../../../src/training/runtime/program.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { integers, uniform } from '../../../helpers/random-data.ts'
import { frozenHooks, textFeatures } from '../../../helpers/run-text-backbone.ts'

const LENGTH = 11
const VOCABULARY = 37
const fixtures = join(import.meta.dirname, '../../../fixtures')

describe('text backbones as one ONNX model for every batch', () => {
  for (const [name, open] of [
    ['tiny-bert', openBert],
    ['tiny-llama', openLlama],
  ] as const) {
    it(name, async () => {
      const backbone = await open(join(fixtures, name))
      const hooks = frozenHooks(backbone.load(LENGTH))
      const features = (size: number): Value =>
        backbone.graph(sampleInputs('text', { size, extent: LENGTH }), hooks, { prune: true })
      const model = withDynamicBatch((size) => onnxModel(programOf({ features: features(size) }), 'standard'))
      const initializers = model.initializers.map((tensor) => ({ ...tensor, external: false }))
      const session = await InferenceSession.create(modelProto({ ...model, initializers }))
      for (const size of [1, 4]) {
        const random = uniform(size)
        const tokens = integers(size * LENGTH, random, VOCABULARY)
        const lengths = Array.from({ length: size }, () => 1 + Math.floor(random() * LENGTH))
        const mask = Float32Array.from(tokens, (_, i) =>
          Number(i % LENGTH < lengths[Math.floor(i / LENGTH)]!),
        )
        const shape = [size, LENGTH] as const
        const batch = { shape, tokens: [...tokens], mask: [...mask] }
        const expected = await textFeatures(backbone, batch, true)
        const actual = await session.run({
          'in:tokens': new Tensor('int32', tokens, shape),
          'in:mask': new Tensor('float32', mask, shape),
        })
        assert.deepEqual(actual['out:features']!.dims, [size, backbone.features])
        assertClose(actual['out:features']!.data as Float32Array, expected, 1e-5, `${name}, batch ${size}`)
      }
      await session.release()
    })
  }
})
