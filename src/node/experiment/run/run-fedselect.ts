import { growMask, mergeContributions, packMask, trainedTensors } from '../../../merge/index.ts'
import type { MergeResult, MergeSpec, Tensor, TensorMap } from '../../../merge/index.ts'
import type { ModelState } from '../../../training/index.ts'
import type { FedSelectMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { CONTEXT } from './ground.ts'
import { meanOfSites } from './mean-of-sites.ts'
import { mergeSpec } from './merge-spec.ts'
import { assertOneTask, wholeStart } from './personal-start.ts'
import { benchAdapter, runAdapter, type RunContext } from './run-context.ts'
import { Scores } from './scores.ts'
import { siteContribution, type SiteContribution } from './site-round.ts'

interface Site {
  readonly state: ModelState
  /** Which entries of each trained tensor the site keeps to itself. */
  readonly masks: ReadonlyMap<string, readonly boolean[]>
  /** Trained tensors when masks last grew. */
  readonly before: TensorMap
}

/**
 * FedSelect: personal and shared entries of the adapter take turns in training; shared ones, and the classifier, go on from the mean of the
 * sites that share them. Every so many rounds what has moved most since becomes personal, and goes on from the latest mean once more. Sites are
 * scored as they are after the last training, before any mean.
 *
 * @throws PeermergeError ERR_EXPERIMENT_TASKS - several tasks
 * @see Tamirisa et al., CVPR 2024
 */
export async function runFedSelect(
  context: RunContext,
  method: FedSelectMethod,
): Promise<Pick<RunOutcome, 'heads' | 'perSite'>> {
  assertOneTask(context, method)
  const { spec: { rounds }, meter, tasks } = context // prettier-ignore
  const adapter = runAdapter(context, method.adapter)
  const spec = mergeSpec(context.ground, { adapter, rule: 'fedselect', head: { rule: 'counts' } })
  let sites: readonly Site[] = tasks[0]!.sites.map(() => newSite(spec))
  for (let round = 1; ; round++) {
    const made: SiteContribution[] = []
    for (const [i, site] of sites.entries()) made.push(await trained(context, method, spec, site, i, round))
    if (round === rounds) return scored(context, method, made)
    const views = made.map(({ view }) => view)
    const merged = await meter.time('merge', () => mergeContributions(spec, CONTEXT, views))
    const growth = round > 1 && (round - 1) % method.every === 0 ? method.growth : undefined
    sites = sites.map((site, i) => goOn(site, made[i]!.state, merged, growth))
  }
}

function newSite(spec: MergeSpec): Site {
  const state = wholeStart(spec)
  const names = spec.modules.flatMap((module) => [...trainedTensors(spec.adapter, module).keys()])
  const shared = (name: string): boolean[] =>
    new Array<boolean>(state.adapter.get(name)!.data.length).fill(false)
  return { state, masks: new Map(names.map((name) => [name, shared(name)])), before: state.adapter }
}

function trained(
  context: RunContext,
  { adapter, priorShift }: FedSelectMethod,
  spec: MergeSpec,
  { state, masks }: Site,
  site: number,
  round: number,
): Promise<SiteContribution> {
  const said = {
    spec,
    adapter: benchAdapter(context.spec, adapter),
    from: state,
    task: 0,
    round,
    epochs: context.spec.epochs,
    factors: adapter === 'lora-b' ? ('B' as const) : undefined,
    grams: undefined,
    priorShift: priorShift === true,
    masks: new Map([...masks].map(([name, mask]) => [name, packMask(mask)])),
  }
  return siteContribution(context, said, site)
}

/** By the masks of the round that has been. */
function goOn(
  { masks, before }: Site,
  after: ModelState,
  merged: Pick<MergeResult, 'adapter' | 'classifier'>,
  growth: FedSelectMethod['growth'] | undefined,
): Site {
  const taken = [...masks].map(([name, mask]): [string, Tensor] => {
    const { shape, data } = after.adapter.get(name)!
    const mean = merged.adapter.get(name)!
    return [name, { shape, data: data.map((value, i) => (mask[i] === true ? value : mean.data[i]!)) }]
  })
  const state = { adapter: new Map([...after.adapter, ...taken]), classifier: merged.classifier }
  if (growth === undefined) return { state, masks, before }
  const grown = [...masks].map(([name, mask]) => {
    return [name, growMask(after.adapter.get(name)!.data, before.get(name)!.data, mask, growth)] as const
  })
  return { state, masks: new Map(grown), before: after.adapter }
}

async function scored(
  context: RunContext,
  { adapter }: FedSelectMethod,
  made: readonly SiteContribution[],
): Promise<Pick<RunOutcome, 'heads' | 'perSite'>> {
  const found = []
  for (const [site, { state }] of made.entries()) {
    const home = context.home && [context.home[site]!]
    const scores = new Scores({ ...context, home, scoresEnd: true }, benchAdapter(context.spec, adapter))
    await scores.add(state, 0, true)
    found.push(scores.trajectory)
  }
  return { heads: { own: meanOfSites(found) }, perSite: found.map(({ rounds }) => rounds.at(-1)!) }
}
