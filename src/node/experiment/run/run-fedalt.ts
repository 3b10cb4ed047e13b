import { restOfWorld } from '../../../merge/index.ts'
import type { ContributionView, MergeSpec } from '../../../merge/index.ts'
import { restTensors } from '../../../training/index.ts'
import type { ModelState } from '../../../training/index.ts'
import type { FedAltMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { peerName } from './contribution.ts'
import { wholeState } from './lora-state.ts'
import { meanOfSites } from './mean-of-sites.ts'
import { mergeSpec } from './merge-spec.ts'
import { assertOneTask, wholeStart } from './personal-start.ts'
import { benchAdapter, runAdapter, type RunContext } from './run-context.ts'
import { Scores } from './scores.ts'
import { siteContribution, type SiteContribution, type SiteRound } from './site-round.ts'

/**
 * FedALT: every site goes on with its own adapter, mixer and classifier, beside what it sums up of the others' newest contributions. In the
 * first round there is nothing of the others yet.
 *
 * @throws PeermergeError ERR_EXPERIMENT_TASKS - several tasks
 */
export async function runFedAlt(
  context: RunContext,
  method: FedAltMethod,
): Promise<Pick<RunOutcome, 'heads' | 'perSite'>> {
  assertOneTask(context, method)
  const adapter = runAdapter(context, method.adapter)
  const rule = method.rest === 'gram' ? 'lorm' : 'mean'
  const spec = mergeSpec(context.ground, { adapter, rule, head: { rule: 'counts' } })
  let sites: readonly Site[] = context.tasks[0]!.sites.map(() => ({ state: wholeStart(spec) }))
  for (let round = 1; round <= context.spec.rounds; round++) {
    const views = sites.flatMap(({ view }) => view ?? [])
    const next: Site[] = []
    for (const [site, { state }] of sites.entries()) {
      const beside = await besideOthers(context, spec, method, state, views, site)
      const made = await siteContribution(context, { ...shared(context, spec, method, round), ...beside }, site) // prettier-ignore
      next.push({ ...made, mixture: beside.mixture })
    }
    sites = next
  }
  return scored(context, method, sites)
}

/** What a site has after a round; before the first nothing has been sent. */
interface Site extends Pick<SiteContribution, 'state'>, Partial<Pick<SiteContribution, 'view'>> {
  readonly mixture?: SiteRound['mixture']
}

function shared(
  context: RunContext,
  spec: MergeSpec,
  method: FedAltMethod,
  round: number,
): Omit<SiteRound, 'from'> {
  return {
    spec,
    adapter: benchAdapter(context.spec, method.adapter),
    task: 0,
    round,
    epochs: context.spec.epochs,
    factors: method.adapter === 'lora-b' ? 'B' : undefined,
    grams: method.rest === 'gram' ? { form: 'projected' } : undefined,
    priorShift: method.priorShift === true,
  }
}

/** A site's own state with the sum of the others, which it computes for itself. */
async function besideOthers(
  { ground, meter, key }: RunContext,
  spec: MergeSpec,
  { rest: form }: FedAltMethod,
  own: ModelState,
  views: readonly ContributionView[],
  site: number,
): Promise<Pick<SiteRound, 'from' | 'mixture'>> {
  const rest = await meter.time('merge', () => restOfWorld(spec, views, peerName(site), form))
  const whole = wholeState(rest.adapterSpec, ground.modules, rest.adapter)
  const { restRank, tensors } = restTensors(rest.adapterSpec, ground.modules, whole)
  const from = { ...own, adapter: new Map([...own.adapter, ...tensors]) }
  return { from, mixture: { restRank, seed: `${key.seed}/${site}` } }
}

/** Every site's own model. */
async function scored(
  context: RunContext,
  method: FedAltMethod,
  sites: readonly Site[],
): Promise<Pick<RunOutcome, 'heads' | 'perSite'>> {
  const trainer = benchAdapter(context.spec, method.adapter)
  const found = []
  for (const [site, { state, mixture }] of sites.entries()) {
    const home = context.home && [context.home[site]!]
    const scores = new Scores({ ...context, home, scoresEnd: true }, trainer)
    const adapterSpec = mixture && { kind: 'mixture' as const, own: trainer, ...mixture }
    await scores.add({ ...state, adapterSpec }, 0, true)
    found.push(scores.trajectory)
  }
  return { heads: { own: meanOfSites(found) }, perSite: found.map(({ rounds }) => rounds.at(-1)!) }
}
