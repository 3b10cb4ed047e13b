import { resolveTargetModules } from '../../backbone/target-modules.ts'
import { openBackbone } from '../../backbone/open-backbone.ts'
import { BUILT_IN_BACKBONE } from '../../backbone/built-in-backbone.ts'
import { loadModel } from '../../model/load-model.ts'
import { trainingGraph } from '../../model/model-graph.ts'
import { sizeOf } from '../../graph/index.ts'
import type { Value } from '../../graph/index.ts'
import { openRuntime } from '../open-runtime.ts'
import { programOf } from '../program.ts'
import type { RuntimeName } from '../runtime-name.ts'
import type { Feeds } from '../runtime.ts'

const SHAPE = { size: 8, extent: 32 }
const CLASSES = 4

/** Repetitions stop at either bound; one always counts. */
const MOST_STEPS = 9
const BUDGET_MS = 1500

/**
 * Milliseconds of one training step, forward and backward: the built-in ViT (6 layers, 128 wide) with LoRA of rank 8 on query and
 * value, 8 images of 32 × 32 pixels. The median of up to nine steps in 1.5 s, after one that warms up.
 */
export async function timeStep(name: RuntimeName, threads?: number): Promise<number> {
  const runtime = await openRuntime(name)
  const modules = resolveTargetModules(await openBackbone(BUILT_IN_BACKBONE), ['query', 'value'])
  const adapter = { kind: 'lora', rank: 8, alpha: 8, trains: 'B', seed: 'probe' } as const
  const model = await loadModel({
    backbone: BUILT_IN_BACKBONE,
    extent: SHAPE.extent,
    adapter,
    modules,
    classes: CLASSES,
  })
  const graph = trainingGraph(model, SHAPE)
  const feeds = feedsOf(graph)
  const executable = await runtime.compile(graph, threads === undefined ? {} : { threads })
  await executable.run(feeds)
  const times: number[] = []
  const until = performance.now() + BUDGET_MS
  while (times.length === 0 || (times.length < MOST_STEPS && performance.now() < until)) {
    const began = performance.now()
    await executable.run(feeds)
    times.push(performance.now() - began)
  }
  await executable.dispose()
  const median = times.sort((a, b) => a - b)[times.length >> 1]!
  return Math.round(median * 100) / 100
}

/** Something for every input: small positive numbers, on which the time of a step does not depend, and the classes in turn. */
function feedsOf(graph: Readonly<Record<string, Value>>): Feeds {
  const { inputs } = programOf(graph)
  return Object.fromEntries(
    [...inputs].map(([name, { shape, dtype }]) => {
      const length = sizeOf(shape)
      const data =
        dtype === 'i32'
          ? Int32Array.from({ length }, (_, i) => i % CLASSES)
          : Float32Array.from({ length }, (_, i) => 0.01 * (1 + (i % 7)))
      return [name, data]
    }),
  )
}
