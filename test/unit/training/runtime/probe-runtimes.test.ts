import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { probeRuntimes } from '../../../../src/training/runtime/probe/probe-runtimes.ts'
import { NATIVE_FOLDER_VARIABLE } from '../../../../src/training/runtime/tfjs/native-package.ts'

const entry = new URL('../../../fixtures/probe-entry', import.meta.url)

describe('a probe of runtimes', () => {
  it('times a training step of those that are there', async () => {
    const started: string[] = []
    const reports = await probeRuntimes({
      names: ['onnx', 'tfjs-js'],
      threads: 1,
      onStart: (name) => started.push(name),
    })
    assert.deepEqual(started, ['onnx', 'tfjs-js'])
    const [onnx, tfjs] = reports
    assert.ok(onnx!.isAvailable && tfjs!.isAvailable)
    assert.match(onnx!.detail, /^onnxruntime-node \d+\.\d+\.\d+, native/)
    assert.match(tfjs!.detail, /plain JavaScript/)
    assert.ok(onnx!.stepMs! > 0 && tfjs!.stepMs! > onnx!.stepMs!, 'plain JavaScript is slower')
  })

  it('does not time when it shall not', async () => {
    const [report] = await probeRuntimes({ names: ['onnx'], shallTime: false })
    assert.deepEqual([report!.isAvailable, report!.stepMs], [true, null])
  })

  it('outlives a native library that crashes, one that ends its process, and one that hangs', async () => {
    const [crash, exit, failed] = await probeRuntimes({ names: ['onnx', 'onnx-webgpu', 'tfjs-js'], entry })
    assert.equal(crash!.isAvailable, false)
    assert.match(crash!.detail, /runtime onnx: its process ended while it was loaded \(signal SIGSEGV/)
    assert.equal(exit!.isAvailable, false)
    assert.match(
      exit!.detail,
      /ended while a training step was timed \(exit code 9; last words: device lost\)/,
    )
    assert.match(exit!.detail, /choose another runtime/)
    assert.deepEqual(failed, { name: 'tfjs-js', isAvailable: false, detail: 'it says why', stepMs: null })
    const [late] = await probeRuntimes({ names: ['tfjs'], entry, timeoutMs: 700 })
    assert.match(late!.detail, /no answer within 0\.7 s/)
  })

  it('stops when aborted', async () => {
    const controller = new AbortController()
    const work = probeRuntimes({
      names: ['tfjs', 'onnx'],
      entry,
      signal: controller.signal,
      onStart: (name) => {
        assert.equal(name, 'tfjs')
        setImmediate(() => controller.abort(new Error('enough')))
      },
    })
    await assert.rejects(work, /enough/)
  })

  it('says where tfjs-node was looked for', async (test) => {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-tfjs-'))
    const before = process.env[NATIVE_FOLDER_VARIABLE]
    process.env[NATIVE_FOLDER_VARIABLE] = dir
    test.after(async () => {
      process.env[NATIVE_FOLDER_VARIABLE] = before ?? ''
      await rm(dir, { recursive: true })
    })
    const [native, either] = await probeRuntimes({ names: ['tfjs-native', 'tfjs'], shallTime: false })
    assert.equal(native!.isAvailable, false)
    assert.ok(
      native!.detail.includes(`is not installed in ${dir} (${NATIVE_FOLDER_VARIABLE})`),
      native!.detail,
    )
    assert.match(either!.detail, /plain JavaScript/)
  })
})
