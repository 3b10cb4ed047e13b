import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { AdapterSpec, MergeRule } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import type { RuntimeName } from '../../../src/training/runtime/runtime-name.ts'
import { loadNativePackage } from '../../../src/training/runtime/tfjs/native-package.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { TrainResult } from '../../../src/training/types.ts'
import { TINY_BACKBONE, TINY_CLASSES, writeTinySite } from '../../helpers/tiny-sites.ts'
import { webgpuMissing } from '../../helpers/webgpu-missing.ts'

/**
 * One training, 60 steps of AdamW from the same start on the same batches, by every runtime. They share the graph and nothing
 * below it, so what they agree on is right unless all of these kernels err alike. Tolerances: a step rounds its slopes by about
 * 1e-7 of their size, AdamW divides them by that size, and steps add up: 1e-5 of the first loss for every loss, 1e-4 of the
 * largest entry for every tensor at the end. Measured on four kinds of kernels: at most 1.1e-7 and 4.5e-6.
 */
const LOSS_TOLERANCE = 1e-5
const TENSOR_TOLERANCE = 1e-4

const OPTIONS = { epochs: 10, batchSize: 8, learningRate: 0.01, weightDecay: 0.01, seed: 'same' }

const kinds: readonly (readonly [AdapterSpec, MergeRule])[] = [
  [{ kind: 'lora', rank: 2, alpha: 4, trains: 'B', seed: 'charter' }, 'lorm'],
  [{ kind: 'ravan', heads: 3, rank: 2, alpha: 4, seed: 'charter' }, 'ravan'],
]

const native = await loadNativePackage()
const others: readonly (readonly [RuntimeName, skip: string | false])[] = [
  ['tfjs-js', false],
  ['tfjs-native', !native.isLoaded && native.reason],
  ['onnx-webgpu', await webgpuMissing()],
]

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-runtimes-'))
  await writeTinySite(dir, [20, 24, 18], 'runtimes')
})
after(() => rm(dir, { recursive: true, force: true }))

for (const [adapter, rule] of kinds) {
  describe(`training ${adapter.kind} with onnx`, () => {
    let expected: TrainResult
    before(async () => (expected = await train('onnx', adapter, rule)))

    for (const [runtime, skip] of others) {
      it(`agrees with ${runtime}`, { skip }, async (test) => {
        const actual = await train(runtime, adapter, rule)
        const losses = actual.losses.map((loss, i) => Math.abs(loss - expected.losses[i]!))
        const worstLoss = Math.max(...losses) / expected.losses[0]!
        const worst = [
          ...distances(actual.state.adapter, expected.state.adapter),
          ...distances(actual.grams, expected.grams),
          ...distances(
            new Map(Object.entries(actual.state.classifier)),
            new Map(Object.entries(expected.state.classifier)),
          ),
        ].reduce((a, b) => (b.distance >= a.distance ? b : a))
        test.diagnostic(
          `loss ${worstLoss.toExponential(1)}, ${worst.name} ${worst.distance.toExponential(1)}`,
        )
        assert.equal(actual.losses.length, expected.losses.length)
        assert.ok(expected.losses.at(-1)! < 0.5 * expected.losses[0]!, 'it has learnt something')
        assert.ok(worstLoss <= LOSS_TOLERANCE, `losses ${actual.losses.join(' ')}`)
        assert.ok(worst.distance <= TENSOR_TOLERANCE, `${worst.name} is ${worst.distance} away`)
      })
    }
  })
}

async function train(runtime: RuntimeName, adapter: AdapterSpec, rule: MergeRule): Promise<TrainResult> {
  const modules = resolveTargetModules(await openBackbone(TINY_BACKBONE), ['query', 'value'])
  const trainer = await createSiteTrainer({
    model: { backbone: TINY_BACKBONE, extent: 16, adapter, modules, classes: TINY_CLASSES.length },
    data: [{ path: dir, classes: TINY_CLASSES, trainFraction: 0.8, splitSeed: '1' }],
    rule,
    threads: 1,
    runtime,
  })
  const work = trainer.train(null, OPTIONS)
  let step = await work.next()
  while (!step.done) step = await work.next()
  await trainer.close()
  return step.value
}

type Tensors = ReadonlyMap<string, { readonly data: Float32Array }>

/** The largest difference of each tensor, in units of its largest entry; NaN is infinitely far. */
function distances(actual: Tensors, expected: Tensors): { name: string; distance: number }[] {
  assert.deepEqual([...actual.keys()], [...expected.keys()])
  return [...expected].map(([name, { data }]) => {
    const scale = data.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0)
    const other = actual.get(name)!.data
    const most = data.reduce((far, entry, i) => Math.max(far, Math.abs(entry - other[i]!)), 0)
    return { name, distance: Number.isNaN(most) ? Infinity : most / scale }
  })
}
