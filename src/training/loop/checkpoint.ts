import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { memorySource, openSafetensors, writeSafetensors } from '../../merge/index.ts'
import type { Safetensors, Tensor } from '../../merge/index.ts'
import { z } from 'zod'
import type { EpochReport } from '../types.ts'
import type { AdamWState, Moments } from './optimizer.ts'

/** Values of everything that is trained, by name. */
export type Values = ReadonlyMap<string, Float32Array>

/** Everything that the rest of a training run depends on; continuing from it gives the same numbers as never having stopped. */
export interface Checkpoint {
  readonly values: Values
  /** One for each pass of an epoch. */
  readonly optimizers: readonly AdamWState[]
  /** Values after the best epoch; undefined while none has been scored. */
  readonly best: Values | undefined
  readonly bestLoss: number
  readonly bestEpoch: number
  /** Losses of all steps so far. */
  readonly losses: readonly number[]
  readonly epochs: readonly EpochReport[]
}

const FORMAT = 'peermerge-checkpoint-2'

const metadataSchema = z.object({
  optimizerSteps: z.array(z.number().int().min(0)),
  bestLoss: z.number().nullable(),
  bestEpoch: z.number().int().min(0),
  epochs: z.array(
    z.object({
      epoch: z.number(),
      loss: z.number(),
      heldOut: z.object({ loss: z.number(), accuracy: z.number() }).optional(),
    }),
  ),
})

/** Replaces the checkpoint file; a crash leaves the old one or the new one. `run` names what it belongs to. */
export function writeCheckpoint(file: string, run: string, checkpoint: Checkpoint): void {
  const { optimizers, best, losses, bestLoss, bestEpoch, epochs } = checkpoint
  const tensors = new Map<string, Tensor>()
  const put = (name: string, data: Float32Array): void =>
    void tensors.set(name, { shape: [data.length], data })
  for (const [name, data] of checkpoint.values) put(`value/${name}`, data)
  for (const [name, data] of best ?? []) put(`best/${name}`, data)
  for (const [i, { moments }] of optimizers.entries()) {
    for (const [name, { mean, square }] of moments) {
      put(`mean/${i}/${name}`, mean)
      put(`square/${i}/${name}`, square)
    }
  }
  if (losses.length > 0) put('losses', Float32Array.from(losses)) // they came as float32
  const state = JSON.stringify({
    optimizerSteps: optimizers.map(({ steps }) => steps),
    bestLoss: Number.isFinite(bestLoss) ? bestLoss : null,
    bestEpoch,
    epochs,
  })
  const part = `${file}.part`
  writeFileSync(part, writeSafetensors(tensors, { metadata: { format: FORMAT, run, state } }), {
    flush: true,
  })
  renameSync(part, file)
}

/** The checkpoint of a run; undefined if there is none, it is of another run, or it cannot be read. */
export function readCheckpoint(file: string, run: string): Checkpoint | undefined {
  try {
    const tensors = openSafetensors(memorySource(readFileSync(file)), file)
    if (tensors.metadata.get('format') !== FORMAT || tensors.metadata.get('run') !== run) return undefined
    return checkpointOf(tensors)
  } catch {
    return undefined // absent or damaged: training starts anew, which costs time but nothing else
  }
}

/** Harmless if there is none. */
export function removeCheckpoint(file: string): void {
  rmSync(file, { force: true })
}

function checkpointOf(tensors: Safetensors): Checkpoint {
  const state = metadataSchema.parse(JSON.parse(tensors.metadata.get('state') ?? ''))
  const named = (prefix: string): Map<string, Float32Array> =>
    new Map(
      [...tensors.entries.keys()]
        .filter((name) => name.startsWith(prefix))
        .map((name) => [name.slice(prefix.length), tensors.tensor(name).data]),
    )
  const momentsOf = (i: number): Map<string, Moments> => {
    const squares = named(`square/${i}/`)
    return new Map(
      [...named(`mean/${i}/`)].map(([name, mean]) => [name, { mean, square: squares.get(name)! }]),
    )
  }
  const best = named('best/')
  return {
    values: named('value/'),
    optimizers: state.optimizerSteps.map((steps, i) => ({ steps, moments: momentsOf(i) })),
    best: best.size > 0 ? best : undefined,
    bestLoss: state.bestLoss ?? Infinity,
    bestEpoch: state.bestEpoch,
    losses: tensors.entries.has('losses') ? [...tensors.tensor('losses').data] : [],
    epochs: state.epochs.map(({ heldOut, ...rest }) => (heldOut ? { ...rest, heldOut } : rest)),
  }
}
