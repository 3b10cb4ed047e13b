// Sites of a consortium with rounds: what each would contribute to the round under way, and the chain when it is merged.
import assert from 'node:assert/strict'
import { memorySource } from '../../../../src/merge/format/byte-source.ts'
import { writeContribution } from '../../../../src/merge/format/contribution-payload.ts'
import { validateHeader, type RoundTerms } from '../../../../src/merge/admit/validate-header.ts'
import { validatePayload } from '../../../../src/merge/admit/validate-payload.ts'
import { modelInUse } from '../../../../src/merge/staged/model-in-use.ts'
import { specAt } from '../../../../src/merge/staged/spec-at.ts'
import type { Agenda } from '../../../../src/merge/staged/agenda.ts'
import { afterRound, termsOf, type StagedChain } from '../../../../src/merge/staged/staged-chain.ts'
import { specOfTask } from '../../../../src/merge/tasks/class-rows.ts'
import type { ContributionView, MergeResult, MergeSpec } from '../../../../src/merge/types.ts'
import type { WritableTensor } from '../../../../src/merge/format/safetensors-writer.ts'
import { expectedTensors } from '../../../../src/merge/format/contribution-tensors.ts'
import { CHARTER, LORA, makeContribution, makeSpec, signedOff, type Made } from '../fixtures.ts'

export const SITES = ['peer-a', 'peer-b'] as const

/** B, A, end; a rank of which two fit side by side into each module. */
export const STAGED: Partial<MergeSpec> = {
  rule: 'lorm',
  adapter: { ...LORA, rank: 2, trains: 'AB' },
  ridge: 1e-3,
  staged: { rounds: 2, grams: { B: { form: 'projected' }, A: { form: 'full' } } },
}

export const stagedSpec = (changes: Partial<MergeSpec> = {}): MergeSpec => makeSpec({ ...STAGED, ...changes })

const context = { charter: CHARTER }

export interface Given {
  readonly classCounts?: readonly number[]
  readonly tensors?: Readonly<Record<string, WritableTensor>>
}

/** What a site sends to the round under way; the fixture fails if no node would admit it. */
export function contributed(
  spec: MergeSpec,
  chain: StagedChain,
  peer: string,
  { classCounts, tensors = {} }: Given = {},
): ContributionView {
  const at = termsOf(spec, chain)!
  const { round, phase, task, base, frozen } = at
  const header = { round, phase, task, base, frozen, generation: round + 1, sequence: round + 1, ...(classCounts && { classCounts }) } // prettier-ignore
  const seed = `${peer} ${round}`
  const made = makeContribution({ spec: specAt(spec, at), peer, seed, header, tensors })
  return admitted(spec, at, at.phase === 'end' ? gramsOnly(specOfTask(specAt(spec, at), task)!, made) : made)
}

function gramsOnly(spec: MergeSpec, { header, payload }: Made): Made {
  const file = validatePayload(spec, { ...header, task: null }, memorySource(payload))
  assert.ok(file.ok, file.ok ? '' : file.message)
  const names = expectedTensors(spec, 'grams').keys()
  const tensors = new Map([...names].map((name) => [name, file.view.tensor(name)]))
  const written = writeContribution(spec, 'grams', tensors)
  const { payload: before, ...said } = header
  assert.notEqual(before.size, written.byteLength)
  return signedOff(spec, written, { ...said, kind: 'grams' })
}

function admitted(spec: MergeSpec, at: RoundTerms, { header, payload }: Made): ContributionView {
  const judged = validateHeader(specAt(spec, at), header, at)
  assert.ok(judged.ok, judged.ok ? '' : judged.message)
  const checked = validatePayload(specAt(spec, at), header, memorySource(payload))
  assert.ok(checked.ok, checked.ok ? '' : checked.message)
  return checked.view
}

/** A chain, and every contribution that it was made of. */
export class Walk {
  chain: StagedChain
  readonly views = new Map<string, ContributionView>()
  readonly bases: (string | null)[] = []

  constructor(chain: StagedChain) {
    this.chain = chain
  }

  /** One round with these contributions, in this order. */
  step(spec: MergeSpec, next: Agenda, views: readonly ContributionView[]): readonly ContributionView[] {
    for (const view of views) this.views.set(view.id, view)
    this.chain = afterRound(spec, context, this.chain, views, next)
    this.bases.push(this.chain.base)
    return views
  }

  /** One round in which these sites take part. */
  all(spec: MergeSpec, next: Agenda, sites: readonly string[] = SITES): readonly ContributionView[] {
    return this.step(spec, next, sites.map((site) => contributed(spec, this.chain, site))) // prettier-ignore
  }

  inUse(spec: MergeSpec, statistics: readonly ContributionView[] = []): MergeResult {
    return modelInUse(spec, context, this.chain, { statistics, open: (id) => this.views.get(id)! })
  }
}

/** All rounds of a task. */
export function walkTask(walk: Walk, spec: MergeSpec, task: string | null, next: Agenda): void {
  walk.all(spec, { task, step: 1 })
  walk.all(spec, { task, step: 2 })
  walk.all(spec, next)
}
