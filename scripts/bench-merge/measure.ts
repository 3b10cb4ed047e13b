import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MergeCase } from './cases.ts'
import type { OurAnswer } from './our-side.ts'
import { FROZEN, writePayloads } from './payloads.ts'
import { startOurs, type Side } from './side.ts'

const METHODS = ['solve', 'pinv'] as const

interface ReferenceAnswer {
  readonly ms: number
  readonly relativeError: number
}

export interface Reference extends ReferenceAnswer {
  /** Our time over the reference's. */
  readonly ratio: number
}

export interface Measurement {
  readonly name: string
  readonly peers: number
  readonly payloadMiB: number
  readonly mergeMs: number
  /** All contributions. */
  readonly validateMs: number
  /** Of a process that does nothing but merge this. */
  readonly peakRssMiB: number
  readonly reference?: Readonly<Record<(typeof METHODS)[number], Reference>>
}

export interface MeasureOptions {
  readonly folder: string
  readonly runs: number
  readonly reference?: Side | undefined
}

/** Ours and the references in turn; medians. */
export async function measure(
  merge: MergeCase,
  { folder, runs, reference }: MeasureOptions,
): Promise<Measurement> {
  mkdirSync(folder)
  const payloads = writePayloads(folder, merge.spec, merge.peers)
  const [manifest, result] = [join(folder, 'manifest.json'), join(folder, 'merged.safetensors')]
  writeFileSync(manifest, JSON.stringify({ spec: merge.spec, payloads, frozen: join(folder, FROZEN) }))
  const ours = startOurs()
  const times: Record<'merge' | 'solve' | 'pinv', number[]> = { merge: [], solve: [], pinv: [] }
  const errors = { solve: 0, pinv: 0 }
  let { peakRssMiB } = await ours.ask<OurAnswer>({ manifest, task: 'merge', result }) // warm
  for (let run = 0; run < runs; run++) {
    const answer = await ours.ask<OurAnswer>({ manifest, task: 'merge' })
    times.merge.push(answer.ms)
    peakRssMiB = answer.peakRssMiB
    for (const method of METHODS) {
      if (reference === undefined || (method === 'pinv' && run > 0 && merge.slowReference)) continue
      const { ms, relativeError } = await reference.ask<ReferenceAnswer>({ manifest, result, method })
      times[method].push(ms)
      errors[method] = relativeError
    }
  }
  const { ms: validateMs } = await ours.ask<OurAnswer>({ manifest, task: 'validate' })
  ours.stop()
  rmSync(folder, { recursive: true })
  const mergeMs = median(times.merge)
  const compare = (method: (typeof METHODS)[number]): Reference => {
    const ms = median(times[method])
    return { ms, ratio: mergeMs / ms, relativeError: errors[method] }
  }
  return {
    name: merge.name,
    peers: merge.peers,
    payloadMiB: payloads.reduce((sum, { header }) => sum + header.payload.size, 0) / 2 ** 20,
    mergeMs,
    validateMs,
    peakRssMiB,
    ...(reference === undefined ? {} : { reference: { solve: compare('solve'), pinv: compare('pinv') } }),
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
