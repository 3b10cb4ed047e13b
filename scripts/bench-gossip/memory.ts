import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface MemoryResult {
  /** Resident MiB of a process that has loaded the sources through tsx and runs no node. */
  readonly noneMiB: number
  /** With one node, alone. */
  readonly oneMiB: number
  /** With this many, all connected to all. */
  readonly many: number
  readonly manyMiB: number
  readonly perFurtherNodeMiB: number
}

const MANY = 10

/** What an idle node needs, in a process of its own and beside others in one. */
export function memory(): MemoryResult {
  const [noneMiB, oneMiB, manyMiB] = [resident(0), resident(1), resident(MANY)]
  const perFurtherNodeMiB = Number(((manyMiB - oneMiB) / (MANY - 1)).toFixed(1))
  return { noneMiB, oneMiB, many: MANY, manyMiB, perFurtherNodeMiB }
}

function resident(nodes: number): number {
  const script = fileURLToPath(new URL('idle-node.ts', import.meta.url))
  const { stdout } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', script, String(nodes)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return Number(stdout.trim())
}
