import type { Identity, Verdict } from '../../src/gossip/index.ts'
import {
  memorySource,
  mergeContributions,
  openContribution,
  validateMergeSpec,
  type MergeResult,
  type MergeSpec,
  type TensorMap,
} from '../../src/merge/index.ts'
import type { ContributionDraft } from '../../src/node/assemble-contribution.ts'
import { charterDigest, mergeSpecOf, type Charter } from '../../src/node/charter.ts'
import { CorruptChunkError } from '../../src/node/errors.ts'
import { judgeContribution, type ContributionFiles } from '../../src/node/merge-jobs.ts'
import type { StoredContribution } from '../../src/node/types.ts'
import { CLASS_COUNTS, type SimCharter } from './sim-charters.ts'

const payloads = new Map<string, TensorMap>()

/** What the members of a run have agreed on, and the merge and the judgement that follow from it. */
export class SimConsortium {
  readonly charter: Charter
  readonly digest: string
  readonly spec: MergeSpec

  readonly #kind: SimCharter

  constructor(members: readonly Identity[], kind: SimCharter) {
    this.#kind = kind
    this.charter = kind.charter(members)
    this.digest = charterDigest(this.charter)
    this.spec = validateMergeSpec(mergeSpecOf(this.charter))
  }

  has(peer: string): boolean {
    return this.charter.members.some(({ id }) => id === peer)
  }

  draft(generation: number, number: number): ContributionDraft {
    const name = `${this.charter.name} ${number % this.#kind.payloads}`
    const tensors = payloads.get(name) ?? this.#kind.tensors(this.charter, name)
    payloads.set(name, tensors)
    const count = CLASS_COUNTS.reduce((sum, n) => sum + n, 0)
    return {
      kind: 'adapter',
      generation,
      task: null,
      base: null,
      anchor: null,
      count,
      classCounts: CLASS_COUNTS,
      tensors,
    }
  }

  /** As the merge worker does it, from chunks in memory. @throws CorruptChunkError */
  validate({ id, header, payload }: ContributionFiles, chunks: ReadonlyMap<string, Uint8Array>): Verdict {
    if (payload instanceof Uint8Array) throw new Error(`${id}: chunks expected`)
    return judgeContribution(this.spec, header, memorySource(joined(payload, chunks)))
  }

  merge(contributions: readonly StoredContribution[], chunks: ReadonlyMap<string, Uint8Array>): MergeResult {
    const context = { charter: this.digest }
    const views = contributions.map(({ id, header }) =>
      openContribution(id, header, memorySource(joined(header.payload.chunks, chunks))),
    )
    return mergeContributions(this.spec, context, views)
  }
}

function joined(digests: readonly string[], chunks: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return Buffer.concat(
    digests.map((digest) => {
      const chunk = chunks.get(digest)
      if (chunk === undefined) throw new CorruptChunkError(digest, 'missing')
      return chunk
    }),
  )
}
