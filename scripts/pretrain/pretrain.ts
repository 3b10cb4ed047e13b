// Pretrains the backbone of `peermerge demo` on pictures drawn from formulas, with the project's own engine:
//   node --import tsx scripts/pretrain/pretrain.ts --out assets/backbone
// Prints one line per 50 steps and rewrites the directory every 200; `--steps` and `--threads` are the other options.
import { parseArgs } from 'node:util'
import type { TensorMap } from '../../src/merge/index.ts'
import { onnxRuntime } from '../../src/training/runtime/onnx/runtime.ts'
import type { Executable } from '../../src/training/runtime/runtime.ts'
import { seededRandom } from '../../src/training/synthetic/random.ts'
import { AdamW } from './adamw.ts'
import { FORMULAS, PATCHES } from './architecture.ts'
import { formulaSet } from './formula/formula-set.ts'
import { initialParameters } from './parameters.ts'
import { PicturePool } from './picture-pool.ts'
import { LOSS_WEIGHTS, pretrainingGraph } from './pretraining-graph.ts'
import { writeBackbone } from './write-backbone.ts'

const { values: args } = parseArgs({
  options: {
    out: { type: 'string', default: 'assets/backbone' },
    seed: { type: 'string', default: 'peermerge' },
    steps: { type: 'string', default: '1500' },
    batch: { type: 'string', default: '64' },
    threads: { type: 'string', default: '2' },
  },
})

/** Patches kept in most steps, and the share of steps at the end that see whole pictures. */
const KEPT = 24
const WHOLE_SHARE = 0.1
const PEAK_RATE = 2e-3
const WARM_UP = 100
const FIRST_PICTURES = 2048
const FRESH_SHARE = 0.125
const POOL = 30_000
const REPORT_EVERY = 50
const SAVE_EVERY = 200

const steps = Number(args.steps)
const size = Number(args.batch)
const fresh = Math.round(size * FRESH_SHARE)

/** Warm-up, then half a cosine down to zero. */
function learningRate(step: number): number {
  return PEAK_RATE * Math.min(1, (step + 1) / WARM_UP) * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
}

/** Mean loss of each question since the last report. */
class Report {
  readonly #sums = new Map<string, number>()
  #count = 0

  add(outputs: Awaited<ReturnType<Executable['run']>>): void {
    this.#count++
    for (const name of Object.keys(LOSS_WEIGHTS)) {
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + outputs[name]!.data[0]!)
    }
  }

  take(): string {
    const text = [...this.#sums].map(([name, sum]) => `${name} ${(sum / this.#count).toFixed(3)}`).join('  ')
    this.#sums.clear()
    this.#count = 0
    return text
  }
}

async function pretrain(parameters: TensorMap): Promise<void> {
  const pool = new PicturePool(
    formulaSet({ seed: args.seed, ...FORMULAS }),
    seededRandom(`${args.seed}/pool`),
    POOL,
  )
  pool.draw(FIRST_PICTURES)
  const optimizer = new AdamW(parameters, { weightDecay: 0.05, maxNorm: 1 })
  const weights = Object.fromEntries([...parameters].map(([name, { data }]) => [name, data]))
  const runtime = onnxRuntime()
  const threads = Number(args.threads)
  let kept = KEPT
  let executable = await runtime.compile(pretrainingGraph(size, kept), { threads })
  const report = new Report()
  const started = performance.now()
  for (let step = 0; step < steps; step++) {
    if (kept === KEPT && step >= steps * (1 - WHOLE_SHARE)) {
      await executable.dispose()
      kept = PATCHES
      executable = await runtime.compile(pretrainingGraph(size, kept), { threads })
    }
    const outputs = await executable.run({ ...pool.batch(size, kept, fresh), ...weights })
    pool.draw(fresh)
    const norm = optimizer.step((name) => outputs[`gradient/${name}`]!.data, learningRate(step))
    report.add(outputs)
    if ((step + 1) % REPORT_EVERY === 0) {
      const seconds = ((performance.now() - started) / 1000).toFixed(0)
      console.log(
        `step ${step + 1}  ${seconds} s  ${pool.drawn} pictures  norm ${norm.toFixed(2)}  ${report.take()}`,
      )
    }
    if ((step + 1) % SAVE_EVERY === 0 || step + 1 === steps) await writeBackbone(args.out, parameters)
  }
  await executable.dispose()
}

await pretrain(initialParameters(args.seed))
