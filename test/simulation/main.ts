/**
 * Runs seeds of the simulator:  npm run simulate -- [--seed N] [--runs N] [--verbose] [--stop] [--shrink]
 * A failing seed prints the line that replays it; `--shrink` also prints the faults without which it does not fail.
 */
import { parseArgs } from 'node:util'
import { replayLine, runSeed } from './run-seed.ts'
import { shrink } from './shrink.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    runs: { type: 'string', default: '100' },
    verbose: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
  },
})

const unhandled: string[] = []
process.on('unhandledRejection', (reason) => {
  unhandled.push(`unhandled rejection: ${reason instanceof Error ? String(reason.stack) : String(reason)}`)
})
const first = Number(values.seed)
const start = performance.now()
let [runs, events, failures] = [0, 0, 0]
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const report = await runSeed(String(seed), values.verbose ? { tell: console.log } : {})
  runs++
  events += report.events
  const violations = [...report.violations, ...unhandled.splice(0)]
  if (violations.length === 0) continue
  failures++
  console.log(`seed ${seed}: ${violations.slice(0, 5).join('\n  ')}`)
  console.log(`replay: ${replayLine(String(seed))}`)
  if (values.shrink) console.log(JSON.stringify(await shrink(String(seed)), undefined, 1))
  if (values.stop) break
}
const seconds = (performance.now() - start) / 1000
console.log(`${runs} runs, ${failures} failed, ${events} events, ${seconds.toFixed(1)} s`)
process.exitCode = failures === 0 ? 0 : 1
