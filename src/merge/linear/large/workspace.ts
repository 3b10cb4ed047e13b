import { takeKernel, type Kernel } from './kernel.ts'
import { layout, type Layout } from './layout.ts'

/** An instance of the kernel with its memory divided up. */
export interface Workspace {
  readonly kernel: Kernel
  readonly memory: Float64Array
  readonly at: Layout
  /** For the kernel, of an index in `memory`. */
  readonly address: (index: number) => number
}

/** The compiler keeps the first bytes to itself. */
const START = 1024

/** Right-hand sides, sum and matrix are zeros, the rest is undefined. As `takeKernel`. */
export function workspace(rows: number, size: number): Workspace | undefined {
  const at = layout(rows, size)
  const kernel = takeKernel(START + at.end * 8)
  if (kernel === undefined) return undefined
  const memory = new Float64Array(kernel.memory.buffer, START, at.end)
  memory.fill(0, at.right)
  return { kernel, memory, at, address: (index) => START + index * 8 }
}
