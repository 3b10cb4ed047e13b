import type { Limit } from '../policy/limits-in-force.ts'
import { bytes } from '../units.ts'
import type { SiteMemory } from './site-memory.ts'

const NAMES: { readonly [Part in keyof SiteMemory['training']]: string } = {
  runtime: 'runtime',
  backbone: 'backbone',
  samples: 'samples',
  kept: 'kept activations',
  trained: 'adapter and optimizer',
  activations: 'activations of a batch',
  sent: 'statistics',
}

/** Parts that are named, the largest. */
const NAMED = 3

/** What the estimate is compared with. */
export interface MemoryLimits {
  /** Free for a new process, in bytes; null where what is needed is taken already, as the node runs. */
  readonly free: number | null
  /** Of the training process. */
  readonly limit: Limit | null
}

export function memoryText({ node, trainingTotal, training, total }: SiteMemory): string {
  return `about ${bytes(total)} of memory at most: the node ${bytes(node)}, training ${bytes(trainingTotal)} (${largest(training)})`
}

/** Why the estimate does not fit, and what to do; undefined where it does. */
export function memoryProblem(memory: SiteMemory, { free, limit }: MemoryLimits): string | undefined {
  const { trainingTotal, training, total } = memory
  const advice = 'a smaller training.batchSize needs less'
  if (limit !== null && trainingTotal > limit.value) {
    return `training needs about ${bytes(trainingTotal)} (${largest(training)}), memoryMiB of policy.json allows ${bytes(limit.value)}, where it would end (ERR_TRAINER_MEMORY); ${advice}, or raise memoryMiB`
  }
  if (free !== null && total > free) {
    return `node and training need about ${bytes(total)} (of training: ${largest(training)}), ${bytes(free)} are free; ${advice}, or end what else takes memory`
  }
  return undefined
}

function largest(parts: SiteMemory['training']): string {
  const sorted = (Object.keys(NAMES) as (keyof typeof NAMES)[]).sort((a, b) => parts[b] - parts[a])
  return sorted.slice(0, NAMED).map((part) => `${NAMES[part]} ${bytes(parts[part])}`).join(', ') // prettier-ignore
}
