// Time and memory of merging, payloads on disk, one thread:
//   npm run bench:merge -- [--group small|large|peers] [--case TEXT] [--runs N] [--python PATH] [--json]
// With --python (an interpreter that has numpy and torch) the same merges run there in float64, by direct solve and by
// torch.pinverse as the published LoRM code does, in turn with ours; the reference reads, merges and hashes too.
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { GROUPS } from './cases.ts'
import { measure, type Measurement } from './measure.ts'
import { startReference } from './side.ts'

const { values: options } = parseArgs({
  options: {
    group: { type: 'string', multiple: true, default: Object.keys(GROUPS) },
    case: { type: 'string', default: '' },
    runs: { type: 'string', default: '5' },
    python: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

function print({ name, peers, payloadMiB, mergeMs, validateMs, peakRssMiB, reference }: Measurement): void {
  console.log(`${name}: ${peers} contributions, ${payloadMiB.toFixed(1)} MiB`)
  console.log(`  merge ${mergeMs.toFixed(0)} ms, checks of all ${validateMs.toFixed(0)} ms, peak memory ${peakRssMiB.toFixed(0)} MiB`) // prettier-ignore
  for (const [method, { ms, ratio, relativeError }] of Object.entries(reference ?? {})) {
    console.log(`  ${method} ${ms.toFixed(0)} ms, ours takes ${ratio.toPrecision(2)} of that, relative difference ${relativeError.toExponential(1)}`) // prettier-ignore
  }
}

const folder = mkdtempSync(join(tmpdir(), 'peermerge-bench-'))
const reference = options.python === undefined ? undefined : startReference(options.python)
const cases = options.group
  .flatMap((group) => GROUPS[group] ?? [])
  .filter(({ name }) => name.includes(options.case))
try {
  const results: Measurement[] = []
  for (const [i, merge] of cases.entries()) {
    const result = await measure(merge, {
      folder: join(folder, String(i)),
      runs: Number(options.runs),
      reference,
    })
    results.push(result)
    if (!options.json) print(result)
  }
  const load = loadavg().map((value) => value.toFixed(1)).join(' ') // prettier-ignore
  if (options.json) console.log(JSON.stringify({ node: process.version, load, results }, null, 2))
  else console.log(`Node ${process.version}, load of the machine over 1, 5 and 15 minutes: ${load}`)
} finally {
  reference?.stop()
  rmSync(folder, { recursive: true, force: true })
}
