/**
 * Runs seeds of the simulator:  npm run simulate -- [--seed N] [--runs N] [--verbose]
 * A failing seed prints the line that replays it.
 */
import { parseArgs } from 'node:util'
import { runSeed } from './run-seed.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    runs: { type: 'string', default: '100' },
    verbose: { type: 'boolean', default: false },
  },
})
const first = Number(values.seed)
const start = performance.now()
let events = 0
let failures = 0
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const report = await runSeed(String(seed), values.verbose ? { tell: console.log } : {})
  events += report.events
  if (report.violations.length === 0) continue
  failures++
  console.log(`seed ${seed}: ${report.violations.slice(0, 5).join('\n  ')}`)
  console.log(`replay: npm run simulate -- --seed ${seed} --runs 1 --verbose`)
}
const seconds = (performance.now() - start) / 1000
console.log(`${values.runs} runs, ${failures} failed, ${events} events, ${seconds.toFixed(1)} s`)
process.exitCode = failures === 0 ? 0 : 1
