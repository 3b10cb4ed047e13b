// Times steps of adapter training (forward + backward) and features of an adapted model (forward) against PyTorch eager mode
// with the same number of threads:
//   npm run bench:train -- [--python PATH] [--json] [--case NAME]… [--threads N] [--blocks N] [--steps N] [--limit RATIO]
// Each side is a process of its own, so that its peak memory is its own. They take turns, block by block, so that whatever
// else the machine does falls on both. Without a Python that has torch, only our figures are printed.
// Exit code 1: --limit is given and a ratio of times or of memory is above it (memory: above 1).
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { benchCases } from './bench-cases.ts'
import type { BenchCase } from './bench-cases.ts'
import type { BenchSide } from './bench-side.ts'
import { nodeSide, pythonSide } from './bench-side.ts'

interface Figures {
  readonly milliseconds: number
  readonly peakMegabytes: number
}

interface Row {
  readonly case: string
  readonly ours: Figures
  readonly pytorch?: Figures
  /** Median over the pairs of blocks of ours / theirs: a disturbed block spoils one pair, not the figure. */
  readonly timeRatio?: number
  readonly memoryRatio?: number
}

const { values: options } = parseArgs({
  options: {
    python: { type: 'string' },
    json: { type: 'boolean', default: false },
    case: { type: 'string', multiple: true },
    threads: { type: 'string', default: String(availableParallelism()) },
    blocks: { type: 'string', default: '7' },
    steps: { type: 'string', default: '5' },
    limit: { type: 'string' },
  },
})
const threads = Number(options.threads)

async function main(): Promise<void> {
  const chosen = benchCases.filter(({ name }) => options.case === undefined || options.case.includes(name))
  if (chosen.length === 0)
    throw new Error(`no such case; there are ${benchCases.map(({ name }) => name).join(', ')}`)
  const rows: Row[] = []
  for (const bench of chosen) {
    const row = await measure(bench)
    rows.push(row)
    if (!options.json) print(row)
  }
  if (options.json) console.log(JSON.stringify({ threads, node: process.version, rows }, undefined, 2))
  if (rows.some(isAboveLimit)) process.exitCode = 1
}

async function measure(bench: BenchCase): Promise<Row> {
  const ours = nodeSide()
  const theirs = options.python === undefined ? undefined : pythonSide(options.python)
  try {
    await ours.prepare(bench, threads)
    await theirs?.prepare(bench, threads)
    const blocks = await takeTurns(ours, theirs)
    const ourTimes = blocks.flatMap((block) => block.ours)
    const row = { case: bench.name, ours: figures(ourTimes, ours.peakBytes) }
    if (theirs === undefined) return row
    const ratios = blocks.map((block) => median(block.ours) / median(block.theirs ?? []))
    return {
      ...row,
      pytorch: figures(
        blocks.flatMap((block) => block.theirs ?? []),
        theirs.peakBytes,
      ),
      timeRatio: median(ratios),
      memoryRatio: ours.peakBytes / theirs.peakBytes,
    }
  } finally {
    ours.stop()
    theirs?.stop()
  }
}

/** The first block of each warms up and does not count. */
async function takeTurns(
  ours: BenchSide,
  theirs: BenchSide | undefined,
): Promise<{ ours: number[]; theirs: number[] | undefined }[]> {
  const blocks = []
  for (let i = 0; i <= Number(options.blocks); i++) {
    const mine = await ours.run(Number(options.steps))
    const other = await theirs?.run(Number(options.steps))
    if (i > 0) blocks.push({ ours: mine, theirs: other })
  }
  return blocks
}

function figures(milliseconds: readonly number[], peakBytes: number): Figures {
  return { milliseconds: median(milliseconds), peakMegabytes: peakBytes / 1e6 }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function print({ case: name, ours, pytorch, timeRatio = NaN, memoryRatio = NaN }: Row): void {
  const text = ({ milliseconds, peakMegabytes }: Figures): string =>
    `${milliseconds.toFixed(0)} ms, peak ${peakMegabytes.toFixed(0)} MB`
  console.log(`${name}, ${threads} threads`)
  console.log(`  ours     ${text(ours)}`)
  if (pytorch === undefined)
    console.log('  pytorch  not measured: --python PATH names a Python that has torch')
  else {
    console.log(`  pytorch  ${text(pytorch)}`)
    console.log(`  ours / pytorch  time ${timeRatio.toFixed(2)}, memory ${memoryRatio.toFixed(2)}`)
  }
}

function isAboveLimit({ timeRatio = 0, memoryRatio = 0 }: Row): boolean {
  return options.limit !== undefined && (timeRatio > Number(options.limit) || memoryRatio > 1)
}

await main()
