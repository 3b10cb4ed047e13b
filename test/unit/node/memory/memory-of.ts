import type { SiteMemory } from '../../../../src/node/memory/site-memory.ts'

/** An estimate that takes 1.48 GB with 900 MB of activations. */
export function memoryOf(change: Partial<SiteMemory['training']> = {}): SiteMemory {
  const training = { runtime: 220e6, backbone: 110e6, samples: 30e6, kept: 0, trained: 5e6, activations: 900e6, sent: 15e6, ...change } // prettier-ignore
  const trainingTotal = Object.values(training).reduce((sum, part) => sum + part, 0)
  return { node: 200e6, training, trainingTotal, total: 200e6 + trainingTotal }
}
