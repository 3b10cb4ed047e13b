import {
  createRandom,
  mergeContributions,
  type MergeResult,
  type MergeSpec,
  type Tensor,
} from '../../../merge/index.ts'
import type { ModelState } from '../../../training/index.ts'
import { goOnFrom, grown, isGrowing, nothingSelected, packed, type Selection } from '../../personal/selected-entries.ts' // prettier-ignore
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
  readonly selection: Selection
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
): Promise<Pick<RunOutcome, 'heads' | 'perSite' | 'personal'>> {
  assertOneTask(context, method)
  const { spec: { rounds }, meter, tasks } = context // prettier-ignore
  const adapter = runAdapter(context, method.adapter)
  const spec = mergeSpec(context.ground, { adapter, rule: 'fedselect', head: { rule: 'counts' } })
  let sites: readonly Site[] = tasks[0]!.sites.map(() => newSite(spec))
  for (let round = 1; ; round++) {
    const made: SiteContribution[] = []
    for (const [i, site] of sites.entries()) made.push(await trained(context, method, spec, site, i, round))
    if (round === rounds) return { ...(await scored(context, method, made)), personal: meanShare(sites) }
    const views = made.map(({ view }) => view)
    const merged = await meter.time('merge', () => mergeContributions(spec, CONTEXT, views))
    const growth = isGrowing(round, method.every) ? method.growth : undefined
    sites = sites.map(({ selection }, i) => {
      const moved = method.atRandom === true ? drawn(made[i]!.state, `${context.key.seed}/${round}/${i}`) : made[i]!.state // prettier-ignore
      return goOn(selection, made[i]!.state, merged, growth, moved)
    })
  }
}

function newSite(spec: MergeSpec): Site {
  const state = wholeStart(spec)
  return { state, selection: nothingSelected(spec, state) }
}

function trained(
  context: RunContext,
  { adapter, priorShift }: FedSelectMethod,
  spec: MergeSpec,
  { state, selection }: Site,
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
    masks: packed(selection),
  }
  return siteContribution(context, said, site)
}

/** By the masks of the round that has been. @param moved - by which what becomes personal is told */
function goOn(
  selection: Selection,
  after: ModelState,
  merged: Pick<MergeResult, 'adapter' | 'classifier'>,
  growth: FedSelectMethod['growth'] | undefined,
  moved: ModelState,
): Site {
  const state = goOnFrom(after, merged, selection)
  return { state, selection: growth === undefined ? selection : grown(selection, moved, growth) }
}

/** Normal numbers in place of every entry: what has moved most is then drawn by lot. */
function drawn({ adapter, classifier }: ModelState, seed: string): ModelState {
  const random = createRandom(seed)
  const noise = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.map(() => random.normal()) })
  return {
    adapter: new Map([...adapter].map(([name, tensor]) => [name, noise(tensor)])),
    classifier: { weight: noise(classifier.weight), bias: classifier.bias },
  }
}

/** Of the entries that can be personal those that are, mean over sites. */
function meanShare(sites: readonly Site[]): number {
  const shares = sites.map(({ selection }) => {
    const entries = [...selection.masks.values()].flat()
    return entries.filter(Boolean).length / Math.max(entries.length, 1)
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
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
