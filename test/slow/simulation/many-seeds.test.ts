import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'

const SEEDS = 5_000
/** Seeds below belong to the quick test. */
const FIRST = 1_000

test(`${SEEDS} seeds`, async () => {
  const processes = Math.min(4, availableParallelism())
  const share = Math.ceil(SEEDS / processes)
  const runs = Array.from({ length: processes }, (_, i) => simulate(FIRST + i * share, share))
  for (const { code, output } of await Promise.all(runs)) assert.equal(code, 0, output)
})

async function simulate(seed: number, runs: number): Promise<{ code: number | null; output: string }> {
  const script = [
    '--import',
    'tsx',
    'test/simulation/main.ts',
    '--seed',
    String(seed),
    '--runs',
    String(runs),
  ]
  const child = spawn(process.execPath, script, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (text: Buffer) => (output += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}
