import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as g from '../../../../src/training/graph/index.ts'
import { openRuntime } from '../../../../src/training/runtime/open-runtime.ts'
import { describeRuntime } from '../../../../src/training/runtime/registry.ts'
import { RUNTIME_NAMES } from '../../../../src/training/runtime/runtime-name.ts'
import type { RuntimeName } from '../../../../src/training/runtime/runtime-name.ts'

/** Those that a machine may lack. */
const OPTIONAL: ReadonlyMap<RuntimeName, string> = new Map([
  ['onnx-webgpu', 'ERR_DEVICE_MISSING'],
  ['tfjs-native', 'ERR_RUNTIME_MISSING'],
])

for (const name of RUNTIME_NAMES) {
  it(`${name} computes under its name, or says at once what is missing`, async (test) => {
    try {
      assert.match(await describeRuntime(name), /\d+\.\d+\.\d+/)
    } catch (error) {
      assert.equal((error as { code?: string }).code, OPTIONAL.get(name))
      const { message } = error as Error
      assert.match(message, new RegExp(`^runtime ${name}: .*choose the runtime`))
      await assert.rejects(openRuntime(name), { message })
      test.diagnostic(message)
      return
    }
    const runtime = await openRuntime(name)
    assert.equal(runtime.name, name)
    const executable = await runtime.compile({ y: g.scaled(g.input('x', [2]), 1.5) })
    const { y } = await executable.run({ x: Float32Array.of(3, -5) })
    assert.deepEqual(y!.data, Float32Array.of(4.5, -7.5))
    await executable.dispose()
  })
}
