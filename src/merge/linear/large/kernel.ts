import { KERNEL_CODE } from './kernel-code.ts'

/** What wasm/merge-kernel exports; addresses are bytes in its memory, all of them multiples of 8. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  prepareRows(rows: number, diagonal: number, first: number, count: number, weight: number): void
  addRows(a: number, stride: number, rows: number, first: number, count: number): void
  multiplyRows(f: number, product: number, rows: number, first: number, count: number): void
  addDoubles(sum: number, term: number, count: number): void
  scaleAndAdd(a: number, gram: number, count: number, weight: number): void
  addTallProduct(sum: number, f: number, gram: number, rows: number, n: number, stride: number): void
  mirror(a: number, n: number, stride: number): void
  factor(a: number, pivots: number, packed: number, n: number, stride: number): number
  solve(a: number, pivots: number, x: number, n: number, stride: number): void
}

/** The part of the WebAssembly interface that is used; absent in engines without it. */
interface Engine {
  validate(code: Uint8Array): boolean
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

const PAGE_BYTES = 65_536
/** A WebAssembly memory ends at 4 GiB. */
const MAX_BYTES = 2 ** 32 - PAGE_BYTES

let compiled: object | undefined
/** An instance that nobody uses; memories are slow to come and go, so it is kept for the next one. */
let idle: Kernel | undefined

/**
 * Takes an instance with at least so many bytes of memory, whose contents are undefined; undefined where the engine has no
 * WebAssembly with SIMD or not that much memory. Who takes one alone uses it, until `giveBack`.
 */
export function takeKernel(bytes: number): Kernel | undefined {
  const { WebAssembly: engine } = globalThis as { WebAssembly?: Engine }
  if (engine === undefined || bytes > MAX_BYTES) return undefined
  const kernel = idle ?? instantiate(engine)
  idle = undefined
  if (kernel === undefined || !reserve(kernel, bytes)) return undefined
  return kernel
}

export function giveBack(kernel: Kernel): void {
  idle = kernel
}

function instantiate(engine: Engine): Kernel | undefined {
  if (compiled === undefined) {
    const code = Uint8Array.from(atob(KERNEL_CODE), (character) => character.charCodeAt(0))
    if (!engine.validate(code)) return undefined
    compiled = new engine.Module(code)
  }
  return new engine.Instance(compiled).exports as Kernel
}

function reserve({ memory }: Kernel, bytes: number): boolean {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES)
  if (missing <= 0) return true
  try {
    memory.grow(missing)
    return true
  } catch {
    return false // RangeError: no memory left, and plain arrays may still fit
  }
}
