// Compiles wasm/merge-kernel (AssemblyScript) into the module that src/merge carries:  npm run build:wasm
// The bytes are committed, so installing, running and bundling peermerge needs no compiler; a test compiles them again.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const OPTIONS = [
  '-O3',
  '--converge',
  '--noAssert',
  '--enable',
  'simd',
  '--disable',
  'bulk-memory',
  '--runtime',
  'stub',
]
const SOURCE = fileURLToPath(new URL('../wasm/merge-kernel/index.ts', import.meta.url))
const TARGET = fileURLToPath(new URL('../src/merge/linear/large/kernel-code.ts', import.meta.url))

/** The text of kernel-code.ts. */
export async function kernelModule() {
  const { default: asc } = await import('assemblyscript/asc')
  let code
  const write = (_name, contents) => (code = contents)
  const { error, stderr } = await asc.main([SOURCE, ...OPTIONS, '-o', 'kernel.wasm'], { writeFile: write })
  if (error !== null) throw new Error(stderr.toString(), { cause: error })
  const lines = Buffer.from(code)
    .toString('base64')
    .match(/.{1,100}/g)
  return [
    '// Made from wasm/merge-kernel by `npm run build:wasm`; do not edit. WebAssembly in base64.',
    'export const KERNEL_CODE =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')}`,
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, await kernelModule())
