// Our side of bench-train.ts: builds the model that it is told and runs steps of it, one JSON line per command.
import { createInterface } from 'node:readline'
import { onnxRuntime } from '../src/training/runtime/onnx/runtime.ts'
import type { Executable, Feeds } from '../src/training/runtime/runtime.ts'
import type { BenchCase } from './bench-cases.ts'
import { benchModel } from './bench-model.ts'

interface Command {
  readonly case?: BenchCase
  readonly threads?: number
  readonly steps?: number
}

let executable: Executable | undefined
let feeds: Feeds = {}

async function answer({ case: bench, threads, steps = 0 }: Command): Promise<unknown> {
  if (bench !== undefined) {
    const model = await benchModel(bench)
    feeds = model.feeds
    executable = await onnxRuntime().compile(model.outputs, threads === undefined ? {} : { threads })
    return { ready: process.version }
  }
  const milliseconds: number[] = []
  const processor: number[] = []
  for (let i = 0; i < steps; i++) {
    const start = performance.now()
    const before = process.cpuUsage()
    await executable?.run(feeds)
    const { user, system } = process.cpuUsage(before)
    milliseconds.push(performance.now() - start)
    processor.push((user + system) / 1000)
  }
  return { milliseconds, processor, peakBytes: process.resourceUsage().maxRSS * 1024 }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Command)))
}
