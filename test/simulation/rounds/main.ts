/**
 * Runs seeds of the rounds:  npm run simulate:rounds -- [--seed N] [--runs N] [--verbose] [--stop]
 * A failing seed prints the line that replays it.
 */
import { parseArgs } from 'node:util'
import { RoundWorld } from './round-world.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    runs: { type: 'string', default: '100' },
    verbose: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
  },
})

const first = Number(values.seed)
const start = performance.now()
let [runs, rounds, passes, idle, failures] = [0, 0, 0, 0, 0]
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const report = await RoundWorld.run(String(seed), values.verbose ? { tell: console.log } : {})
  runs++
  rounds += report.rounds
  passes += report.passes
  idle += report.idle
  if (report.violations.length === 0) continue
  failures++
  for (const violation of report.violations) console.log(`seed ${seed}: ${violation}`)
  console.log(`replay: npm run simulate:rounds -- --seed ${seed} --runs 1 --verbose`)
  if (values.stop) break
}
const seconds = ((performance.now() - start) / 1000).toFixed(1)
console.log(
  `${runs} seeds, ${rounds} rounds, ${passes} passes, ${idle} idle for a while: ${failures} failed, ${seconds} s`,
)
process.exitCode = failures > 0 ? 1 : 0
