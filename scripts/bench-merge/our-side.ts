// Process of our merge: one JSON request per line in, one JSON answer per line out (side.ts).
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import {
  mergeContributions,
  openContribution,
  validateHeader,
  validatePayload,
  writeSafetensors,
  type ByteSource,
  type MergeSpec,
} from '../../src/merge/index.ts'
import { CHARTER } from '../bench-header.ts'
import type { Payload } from './payloads.ts'

interface Request {
  readonly manifest: string
  readonly task: 'merge' | 'validate'
  /** Where the merge is written for the reference to compare with. */
  readonly result?: string
}

export interface OurAnswer {
  readonly ms: number
  readonly peakRssMiB: number
}

interface Manifest {
  readonly spec: MergeSpec
  readonly payloads: readonly Payload[]
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

function merge({ spec, payloads }: Manifest): ReturnType<typeof mergeContributions> {
  const sources = payloads.map(({ file }) => fileSource(file))
  try {
    const views = payloads.map(({ id, header }, i) => openContribution(id, header, sources[i]!))
    return mergeContributions(spec, { charter: CHARTER }, views)
  } finally {
    for (const source of sources) source.close()
  }
}

function validateAll({ spec, payloads }: Manifest): void {
  for (const { file, header } of payloads) {
    const source = fileSource(file)
    const results = [validateHeader(spec, header), validatePayload(spec, header, source)]
    source.close()
    for (const result of results) if (!result.ok) throw new Error(result.message)
  }
}

function answer({ manifest, task, result }: Request): OurAnswer {
  const read = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest
  const start = performance.now()
  if (task === 'validate') validateAll(read)
  else {
    const { adapter, classifier } = merge(read)
    const ms = performance.now() - start
    const { weight, bias } = classifier
    const tensors = new Map([...adapter, ['classifier/weight', weight], ['classifier/bias', bias]] as const)
    if (result !== undefined) writeFileSync(result, writeSafetensors(tensors))
    return { ms, peakRssMiB: process.resourceUsage().maxRSS / 1024 }
  }
  return { ms: performance.now() - start, peakRssMiB: process.resourceUsage().maxRSS / 1024 }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line) as Request)))
}
