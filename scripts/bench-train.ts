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
import type { BenchSide, Times } from './bench-side.ts'
import { nodeSide, pythonSide } from './bench-side.ts'

interface Figures {
  readonly milliseconds: number
  readonly processorMilliseconds: number
  readonly peakMegabytes: number
}

interface Row {
  readonly case: string
  readonly ours: Figures
  readonly pytorch?: Figures
  /** Median over the pairs of blocks of ours / theirs: a disturbed block spoils one pair, not the figure. */
  readonly timeRatio?: number
  /** The same of processor time, which says more on a loaded machine; with one thread, as those of PyTorch spin. */
  readonly processorRatio?: number
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
    const row = {
      case: bench.name,
      ours: figures(
        blocks.map((block) => block.ours),
        ours.peakBytes,
      ),
    }
    if (theirs === undefined) return row
    return {
      ...row,
      pytorch: figures(
        blocks.map((block) => block.theirs),
        theirs.peakBytes,
      ),
      timeRatio: median(blocks.map((block) => ratio(block, 'milliseconds'))),
      processorRatio: median(blocks.map((block) => ratio(block, 'processor'))),
      memoryRatio: ours.peakBytes / theirs.peakBytes,
    }
  } finally {
    ours.stop()
    theirs?.stop()
  }
}

interface Block {
  readonly ours: Times
  readonly theirs: Times
}

/** The first block of each warms up and does not count. */
async function takeTurns(ours: BenchSide, theirs: BenchSide | undefined): Promise<Block[]> {
  const blocks: Block[] = []
  for (let i = 0; i <= Number(options.blocks); i++) {
    const mine = await ours.run(Number(options.steps))
    const other = (await theirs?.run(Number(options.steps))) ?? { milliseconds: [], processor: [] }
    if (i > 0) blocks.push({ ours: mine, theirs: other })
  }
  return blocks
}

function ratio({ ours, theirs }: Block, of: keyof Times): number {
  return median(ours[of]) / median(theirs[of])
}

function figures(times: readonly Times[], peakBytes: number): Figures {
  return {
    milliseconds: median(times.flatMap(({ milliseconds }) => milliseconds)),
    processorMilliseconds: median(times.flatMap(({ processor }) => processor)),
    peakMegabytes: peakBytes / 1e6,
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function print({ case: name, ours, pytorch, ...ratios }: Row): void {
  const { timeRatio = NaN, processorRatio = NaN, memoryRatio = NaN } = ratios
  const text = (side: Figures): string =>
    `${side.milliseconds.toFixed(0)} ms, processor ${side.processorMilliseconds.toFixed(0)} ms, ` +
    `peak ${side.peakMegabytes.toFixed(0)} MB`
  console.log(`${name}, ${threads} threads`)
  console.log(`  ours     ${text(ours)}`)
  if (pytorch === undefined)
    console.log('  pytorch  not measured: --python PATH names a Python that has torch')
  else {
    console.log(`  pytorch  ${text(pytorch)}`)
    const three = [timeRatio, processorRatio, memoryRatio].map((value) => value.toFixed(2))
    console.log(`  ours / pytorch  time ${three[0]}, processor ${three[1]}, memory ${three[2]}`)
  }
}

function isAboveLimit({ timeRatio = 0, memoryRatio = 0 }: Row): boolean {
  return options.limit !== undefined && (timeRatio > Number(options.limit) || memoryRatio > 1)
}

await main()
