// Time and memory of merging 16 contributions, payloads on disk:
//   node --import tsx scripts/bench-merge.ts [--json] [--runs N] [--python PATH]
// With --python (an interpreter that has numpy) the same merges run there in float64, by direct solve and by
// pseudo-inverse, on one thread, in turn with ours; the reference reads, merges and hashes too.
import { spawn } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import {
  contributionId,
  createRandom,
  encodeHeader,
  expectedTensors,
  frozenDigest,
  mergeContributions,
  openContribution,
  payloadRef,
  validateHeader,
  validateMergeSpec,
  validatePayload,
  writeSafetensors,
} from '../src/merge/index.ts'
import type {
  ByteSource,
  ContributionHeader,
  ContributionKind,
  ContributionView,
  MergeSpec,
  Random,
  Tensor,
} from '../src/merge/index.ts'

const PEERS = 16
const CHARTER = '0'.repeat(64)

interface Payload {
  readonly file: string
  readonly header: ContributionHeader
  readonly id: string
}

interface Measurement {
  readonly name: string
  readonly payloadMiB: number
  readonly validateMs: number
  readonly mergeMs: number
  /** Highest resident memory of the process so far. */
  readonly peakRssMiB: number
  readonly python?: Readonly<Record<'solve' | 'pinv', { ms: number; ratio: number; relativeError: number }>>
}

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    python: { type: 'string' },
  },
})

const attention = ['query', 'value'].map((name) => [`attention.attention.${name}`, 192, 192] as const)
const linears = [
  ...['query', 'key', 'value'].map((name) => [`attention.attention.${name}`, 192, 192] as const),
  ['attention.output.dense', 192, 192] as const,
  ['intermediate.dense', 192, 768] as const,
  ['output.dense', 768, 192] as const,
]

function makeSpec(
  rule: MergeSpec['rule'],
  rank: number,
  targets: readonly (readonly [string, number, number])[],
  analytic = false,
): MergeSpec {
  const modules = Array.from({ length: 12 }, (_, layer) =>
    targets.map(([name, inputs, out]) => ({ name: `vit.encoder.layer.${layer}.${name}`, in: inputs, out })),
  ).flat()
  const seed = 'bench'
  return validateMergeSpec({
    kernel: 1,
    adapter:
      rule === 'ravan'
        ? { kind: 'ravan', heads: 4, rank, alpha: 1, seed }
        : { kind: 'lora', rank, alpha: 1, trains: 'B', seed },
    modules,
    rule,
    ridge: 1e-6,
    decay: 0.5,
    classes: Array.from({ length: 7 }, (_, c) => `class ${c}`),
    features: 192,
    classifier: analytic ? { rule: 'analytic', features: 'frozen', ridge: 1e-2 } : { rule: 'counts' },
    floors: { samples: 16, perClass: 4 },
    limits: { maxCount: 100_000, maxAbs: 1e4, maxGenerationLead: 8 },
  })
}

const CASES: readonly (readonly [string, MergeSpec])[] = [
  ['mean, q and v, rank 8', makeSpec('mean', 8, attention)],
  ['lorm, q and v, rank 8', makeSpec('lorm', 8, attention)],
  ['lorm, q and v, rank 8, analytic classifier', makeSpec('lorm', 8, attention, true)],
  ['ravan, q and v, 4 heads of rank 8', makeSpec('ravan', 8, attention)],
  ['lorm, all linears, rank 16', makeSpec('lorm', 16, linears)],
  ['ravan, all linears, 4 heads of rank 16', makeSpec('ravan', 16, linears)],
]

/** XᵀX of random rows, packed. */
function randomGram(random: Random, rows: number, size: number): Float32Array {
  const packed = new Float64Array((size * (size + 1)) / 2)
  for (let n = 0; n < rows; n++) {
    const x = Float64Array.from({ length: size }, () => random.normal())
    for (let i = 0, at = 0; i < size; i++) {
      for (let j = 0; j <= i; j++, at++) packed[at]! += x[i]! * x[j]!
    }
  }
  return new Float32Array(packed)
}

function randomTensor(random: Random, name: string, shape: readonly number[], spec: MergeSpec): Tensor {
  const length = shape.reduce((product, size) => product * size, 1)
  if (name.startsWith('gram/')) {
    const blocks = Array.from({ length: shape.length === 2 ? shape[0]! : 1 }, () =>
      Array.from(randomGram(random, spec.adapter.rank + 8, spec.adapter.rank)),
    )
    return { shape, data: Float32Array.from(blocks.flat()) }
  }
  const data = Float32Array.from({ length }, () => random.normal())
  return { shape, data }
}

/** Statistics of random rows; labels go round, so that every class has as many. */
function statisticsTensors(random: Random, spec: MergeSpec, rows: number): Map<string, Tensor> {
  const size = spec.features + 1
  const packed = new Float64Array((size * (size + 1)) / 2)
  const cross = new Float64Array(size * 7)
  for (let n = 0; n < rows; n++) {
    const x = Float64Array.from({ length: size }, (_, j) => (j === size - 1 ? 1 : random.normal()))
    for (let i = 0, at = 0; i < size; i++) {
      cross[i * 7 + (n % 7)]! += x[i]!
      for (let j = 0; j <= i; j++, at++) packed[at]! += x[i]! * x[j]!
    }
  }
  return new Map([
    ['classifier/gram', { shape: [packed.length], data: Float32Array.from(packed) }],
    ['classifier/cross', { shape: [size, 7], data: Float32Array.from(cross) }],
  ])
}

function writePayload(folder: string, spec: MergeSpec, peer: number, kind: ContributionKind): Payload {
  const random = createRandom(`${kind} ${peer}`)
  const count = 210
  const tensors =
    kind === 'statistics'
      ? statisticsTensors(random, spec, count)
      : new Map([...expectedTensors(spec, kind)].map(([name, { shape }]) => [name, randomTensor(random, name, shape, spec)])) // prettier-ignore
  const bytes = writeSafetensors(tensors)
  const file = join(folder, `${kind}-${String(peer).padStart(2, '0')}.safetensors`)
  writeFileSync(file, bytes)
  const header: ContributionHeader = {
    v: 1,
    consortium: 'bench',
    charter: CHARTER,
    peer: `peer-${peer}`,
    sequence: kind === 'adapter' ? 1 : 2,
    generation: 1,
    task: 0,
    kind,
    base: null,
    anchor: null,
    frozen: frozenDigest(spec.adapter, spec.modules),
    count,
    classCounts: new Array<number>(7).fill(count / 7),
    payload: payloadRef(bytes),
    noise: 0,
    masked: false,
    kernel: 1,
  }
  return { file, header, id: contributionId(encodeHeader(header)) }
}

function fileSource(file: string): ByteSource & { close(): void } {
  const handle = openSync(file, 'r')
  return {
    size: statSync(file).size,
    read(offset, length) {
      const bytes = new Uint8Array(length)
      return bytes.subarray(0, readSync(handle, bytes, 0, length, offset))
    },
    close: () => closeSync(handle),
  }
}

function withViews<T>(payloads: readonly Payload[], use: (views: readonly ContributionView[]) => T): T {
  const sources = payloads.map(({ file }) => fileSource(file))
  try {
    return use(payloads.map(({ id, header }, i) => openContribution(id, header, sources[i]!)))
  } finally {
    for (const source of sources) source.close()
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function validateAll(spec: MergeSpec, payloads: readonly Payload[]): void {
  for (const { file, header } of payloads) {
    const source = fileSource(file)
    const results = [validateHeader(spec, header), validatePayload(spec, header, source)]
    source.close()
    for (const result of results) if (!result.ok) throw new Error(result.message)
  }
}

interface PythonAnswer {
  readonly ms: number
  readonly relativeError: number
}

/** A Python process that answers one JSON line per JSON line, so that its start is not measured. */
function startPython(path: string): { ask(request: unknown): Promise<PythonAnswer>; stop(): void } {
  const script = new URL('bench-merge-reference.py', import.meta.url).pathname
  const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
  const child = spawn(path, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...threads },
  })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${path} ended with code ${String(code)}`)))
  })
  failed.catch(() => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const line = await Promise.race([lines.next(), failed])
      return JSON.parse(String(line.value)) as PythonAnswer
    },
    stop: () => child.stdin.end(),
  }
}

async function measure(
  name: string,
  spec: MergeSpec,
  folder: string,
  python: ReturnType<typeof startPython> | undefined,
): Promise<Measurement> {
  mkdirSync(folder)
  const kinds: ContributionKind[] =
    spec.classifier.rule === 'analytic' ? ['adapter', 'statistics'] : ['adapter']
  const payloads = kinds.flatMap((kind) =>
    Array.from({ length: PEERS }, (_, i) => writePayload(folder, spec, i, kind)),
  )
  const merge = () => withViews(payloads, (views) => mergeContributions(spec, { charter: CHARTER }, views))
  const merged = merge() // warm, and the result to compare with
  const result = join(folder, 'merged.safetensors')
  const { weight, bias } = merged.classifier
  writeFileSync(result, writeSafetensors(new Map([...merged.adapter, ['classifier/weight', weight], ['classifier/bias', bias]]))) // prettier-ignore
  const files = [...payloads].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ file }) => file)
  const request = { files, result, rule: spec.rule, ridge: spec.ridge, rank: spec.adapter.rank, classifier: spec.classifier } // prettier-ignore
  const ours: number[] = []
  const validation: number[] = []
  const theirs = { solve: [] as PythonAnswer[], pinv: [] as PythonAnswer[] }
  for (let run = 0; run < Number(options.runs); run++) {
    ours.push(timed(merge))
    validation.push(timed(() => validateAll(spec, payloads)))
    for (const method of ['solve', 'pinv'] as const) {
      if (python !== undefined) theirs[method].push(await python.ask({ ...request, method }))
    }
  }
  const compare = (answers: readonly PythonAnswer[]) => {
    const ms = median(answers.map((answer) => answer.ms))
    return { ms, ratio: median(ours) / ms, relativeError: answers[0]!.relativeError }
  }
  return {
    name,
    payloadMiB: payloads.reduce((sum, { header }) => sum + header.payload.size, 0) / 2 ** 20,
    validateMs: median(validation),
    mergeMs: median(ours),
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    ...(python === undefined ? {} : { python: { solve: compare(theirs.solve), pinv: compare(theirs.pinv) } }),
  }
}

function print(results: readonly Measurement[]): void {
  for (const { name, payloadMiB, mergeMs, validateMs, peakRssMiB, python } of results) {
    console.log(`${name}: ${PEERS} contributions, ${payloadMiB.toFixed(1)} MiB`)
    console.log(`  merge ${mergeMs.toFixed(0)} ms, validation ${validateMs.toFixed(0)} ms, peak memory so far ${peakRssMiB.toFixed(0)} MiB`) // prettier-ignore
    for (const [method, { ms, ratio, relativeError }] of Object.entries(python ?? {})) {
      console.log(`  numpy ${method} ${ms.toFixed(0)} ms, ours takes ${ratio.toFixed(2)} of that, relative difference ${relativeError.toExponential(1)}`) // prettier-ignore
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'peermerge-bench-'))
const python = options.python === undefined ? undefined : startPython(options.python)
try {
  const results: Measurement[] = []
  for (const [i, [name, spec]] of CASES.entries()) {
    results.push(await measure(name, spec, join(folder, String(i)), python))
  }
  if (options.json) console.log(JSON.stringify({ node: process.version, peers: PEERS, results }, null, 2))
  else print(results)
} finally {
  python?.stop()
  rmSync(folder, { recursive: true, force: true })
}
