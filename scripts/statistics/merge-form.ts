import {
  encodeHeader,
  contributionId,
  frozenDigest,
  gramOwner,
  memorySource,
  mergeContributions,
  payloadRef,
  validateHeader,
  validateMergeSpec,
  validatePayload,
  writeContribution,
} from '../../src/merge/index.ts'
import type { ContributionHeader, ContributionView, LoraSpec, MergeResult, MergeSpec, Tensor } from '../../src/merge/index.ts' // prettier-ignore
import type { TrainResult } from '../../src/training/types.ts'
import type { Form } from './forms.ts'
import type { SiteGram } from './site-grams.ts'
import type { TrainedSites } from './trained-sites.ts'

const CHARTER = '0'.repeat(64)

export interface FormMerge {
  readonly merged: MergeResult
  /** Mean length of a payload. */
  readonly bytesPerSite: number
}

/** The merge of all sites' contributions in this form, as it would be sent, admitted and merged. */
export function mergeForm(
  form: Form,
  adapter: LoraSpec,
  classes: readonly string[],
  { modules, features, results }: TrainedSites,
  grams: readonly ReadonlyMap<string, SiteGram>[],
): FormMerge {
  const spec = validateMergeSpec({
    kernel: 1,
    adapter,
    modules,
    rule: form.grams === undefined ? 'mean' : 'lorm',
    ...(form.grams !== undefined && { grams: form.grams }),
    wire: form.wire,
    ridge: form.ridge,
    decay: 1,
    classes,
    features,
    classifier: { rule: 'counts' },
    floors: { samples: 1, perClass: 1 },
    limits: { maxCount: 2 ** 24, maxAbs: 6e4, maxGenerationLead: 1000 },
  })
  let bytes = 0
  const views = results.map((result, site) => {
    const { view, size } = contribution(spec, form, site, result, grams[site]!)
    bytes += size
    return view
  })
  return { merged: mergeContributions(spec, { charter: CHARTER }, views), bytesPerSite: bytes / views.length }
}

function contribution(
  spec: MergeSpec,
  { grams }: Form,
  site: number,
  { state, count, classCounts }: TrainResult,
  own: ReadonlyMap<string, SiteGram>,
): { view: ContributionView; size: number } {
  const tensors = new Map<string, Tensor>(state.adapter)
  for (const module of spec.modules) {
    if (grams === undefined) break
    if (gramOwner(spec, module) !== module.name) continue
    for (const [name, tensor] of own.get(module.name)!.tensors(module, grams, spec.adapter as LoraSpec)) tensors.set(name, tensor) // prettier-ignore
  }
  tensors.set('classifier/weight', state.classifier.weight)
  tensors.set('classifier/bias', state.classifier.bias)
  const payload = writeContribution(spec, 'adapter', tensors)
  const header = headerOf(spec, `site-${site}`, { count, classCounts, payload: payloadRef(payload) })
  const judged = validateHeader(spec, header)
  const checked = judged.ok ? validatePayload(spec, header, memorySource(payload)) : judged
  if (!checked.ok) throw new Error(`site ${site}: ${checked.reason}: ${checked.message}`)
  return { view: { ...checked.view, id: contributionId(encodeHeader(header)) }, size: payload.length }
}

function headerOf(
  spec: MergeSpec,
  peer: string,
  said: Pick<ContributionHeader, 'count' | 'classCounts' | 'payload'>,
): ContributionHeader {
  const frozen = frozenDigest(spec.adapter, spec.modules)
  return { v: 1, consortium: 'bench', charter: CHARTER, peer, sequence: 1, generation: 1, task: null, round: null, phase: null, kind: 'adapter', base: null, anchor: null, frozen, noise: 0, masked: false, kernel: 1, ...said } // prettier-ignore
}
