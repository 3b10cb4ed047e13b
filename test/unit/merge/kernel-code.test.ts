import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { KERNEL_CODE } from '../../../src/merge/linear/large/kernel-code.ts'
import { takeKernel } from '../../../src/merge/linear/large/kernel.ts'

const COMMITTED = new URL('../../../src/merge/linear/large/kernel-code.ts', import.meta.url)
const BUILD = new URL('../../../scripts/build-wasm.mjs', import.meta.url).href

/** By a name that the type checker does not follow: the compiler's types redeclare globals. */
const COMPILER: string = 'assemblyscript/asc'
const hasCompiler = await import(COMPILER).then(
  () => true,
  () => false,
)

test(
  'the committed WebAssembly is what its source compiles to',
  { skip: !hasCompiler && 'assemblyscript is not installed' },
  async () => {
    // prettier-ignore
    const { kernelModule } = (await import(BUILD)) as { kernelModule: () => Promise<string> }
    assert.equal(readFileSync(COMMITTED, 'utf8'), await kernelModule(), 'run npm run build:wasm')
  },
)

test('it asks for nothing from outside, so that it cannot depend on anything', () => {
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: { Module: WasmModule } }
  assert.deepEqual(engine.Module.imports(new engine.Module(Buffer.from(KERNEL_CODE, 'base64'))), [])
})

test('without WebAssembly, or for more memory than it can have, there is no kernel', () => {
  assert.equal(takeKernel(2 ** 33), undefined)
  const holder = globalThis as { WebAssembly?: unknown }
  const engine = holder.WebAssembly
  delete holder.WebAssembly
  try {
    assert.equal(takeKernel(1024), undefined)
  } finally {
    holder.WebAssembly = engine
  }
  assert.notEqual(takeKernel(1024), undefined)
})

interface WasmModule {
  new (code: Uint8Array): object
  readonly imports: (module: object) => unknown[]
}
