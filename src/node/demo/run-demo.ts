import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeDirectory } from '../atomic-file.ts'
import { demoData } from './demo-data.ts'
import { foundDemo } from './found-demo.ts'
import { scoreDemo } from './score-demo.ts'
import { runSwarm } from './swarm.ts'
import { createSwarmView } from './swarm-view.ts'
import type { DemoOptions, DemoReport } from './types.ts'

/** Suggestions for training that suit the built-in backbone and images. */
/** Few samples and few steps: Ravan's small cores fit to them least. */
export const DEMO_DEFAULTS = {
  adapter: 'ravan',
  learningRate: { lora: 2e-3, ravan: 4e-3 },
  epochs: 2,
} as const

/**
 * A swarm on this machine, from private samples to one merge at every peer, and the comparison with each site alone and with
 * all samples in one place.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const workDir = await openWorkDir(options.out)
  try {
    return await demoIn(workDir, options)
  } finally {
    if (options.out === undefined) await rm(workDir, { recursive: true, force: true })
  }
}

async function demoIn(workDir: string, options: DemoOptions): Promise<DemoReport> {
  const began = performance.now()
  const data = await demoData(workDir, options)
  const view = createSwarmView(
    data.sites.map((site) => site.name),
    contributionsPerSite(options) * data.sites.length,
    options.progress,
  )
  try {
    view.step(`${data.sites.length} sites, ${data.classes.length} classes; starting one node process a site`)
    const peers = await foundDemo(data.sites, {
      workDir,
      backbone: data.backbone,
      charter: { ...options.charter, name: 'demo', classes: data.classes },
      threads: 1,
      trainFraction: options.trainFraction,
      splitSeed: options.seed,
      patienceMs: options.timeoutMs,
    })
    const expected = contributionsPerSite(options) * peers.length
    const outcomes = await runSwarm({
      peers,
      program: process.argv[1] ?? '',
      expected,
      isScored: options.charter.personal?.method === 'means',
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      onEvent: (peer, event) => view.event(peer, event),
    })
    view.close()
    const elapsed = (): number => performance.now() - began
    return await scoreDemo({ workDir, data, peers, outcomes, expected, options, view, elapsed })
  } finally {
    view.close()
  }
}

/** Adapter contributions, and one of statistics where the classifier is solved from them, or of Grams where a task ends. */
function contributionsPerSite({ charter }: DemoOptions): number {
  const { schedule, contributionsPerTask = schedule === 'staged' ? 5 : 3 } = charter
  const adapters = schedule === 'one-shot' ? 1 : contributionsPerTask
  const ends = schedule === 'staged' || charter.classifier?.rule === 'analytic' ? 1 : 0
  return adapters + ends
}

async function openWorkDir(out: string | undefined): Promise<string> {
  if (out === undefined) return mkdtemp(join(tmpdir(), 'peermerge-demo-'))
  await makeDirectory(resolve(out))
  return resolve(out)
}
