import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { mergeContributions } from '../../merge/index.ts'
import type { EvaluatedModel, EvaluateResult, ModelState, Score } from '../../training/index.ts'
import { charterDigest, mergeSpecOf, type Charter } from '../charter.ts'
import { homePaths, readCharter } from '../home.ts'
import { loadState } from '../merge-files.ts'
import { loadPersonal } from '../personal/personal-file.ts'
import { personalModel } from '../personal/personal-state.ts'
import { trainBaselines, type Baselines } from './baselines.ts'
import { checkDemo } from './checks.ts'
import type { DemoData } from './demo-data.ts'
import type { SwarmOutcome, SwarmPeer } from './swarm.ts'
import type { SwarmView } from './swarm-view.ts'
import type { Accuracy, DemoOptions, DemoReport, PeerReport } from './types.ts'

export interface ScoreInit {
  readonly workDir: string
  readonly data: DemoData
  readonly peers: readonly SwarmPeer[]
  readonly outcomes: readonly SwarmOutcome[]
  /** Contributions that every peer should have taken in. */
  readonly expected: number
  readonly options: DemoOptions
  readonly view: SwarmView
  /** Milliseconds since the demo began, for the footer. */
  readonly elapsed: () => number
}

/** Trains the models to compare with, evaluates everything on everybody's held-out samples, and checks. */
export async function scoreDemo(init: ScoreInit): Promise<DemoReport> {
  const { data, peers, outcomes, options, view, elapsed } = init
  const swarmMs = elapsed()
  view.step('training each site alone, and one model on all samples, to compare with')
  const charter = await readCharter(homePaths(peers[0]!.home))
  const start = mergeContributions(mergeSpecOf(charter), { charter: charterDigest(charter) }, [])
  const digests = [...new Set(outcomes.map(({ merge }) => merge.digest))]
  const baselines = await trainBaselines(
    {
      data,
      charter,
      trainFraction: options.trainFraction,
      seed: options.seed,
      randomBackbone: options.randomBackbone,
      parallel: availableParallelism(),
      signal: options.signal,
      say: (text) => view.step(text),
      onProgress: (share) => view.progress(share),
    },
    [
      { adapter: start.adapter, classifier: start.classifier },
      ...(await mergedModels(peers, outcomes, digests)),
      ...(charter.personal === undefined ? [] : await personalModels(peers)),
    ],
  )
  const merged = outcomes.map(({ merge }) => baselines.models[1 + digests.indexOf(merge.digest)]!)
  const personal = baselines.models.slice(1 + digests.length)
  const reports = outcomes.map((outcome, index) =>
    peerReport(outcome, index, baselines, { merged: merged[index]!, personal: personal[index] }),
  )
  const summary = summarise(baselines, reports)
  const known = outcomes.map(({ merge }) => merge.known)
  const cut = { contributions: outcomes[0]!.merge.cut, known, expected: init.expected }
  const checks = checkDemo({ peers: reports, cut, baseDigest: start.digests.merge, summary })
  return {
    ...describe(charter),
    peers: reports,
    cut,
    summary,
    checks,
    passed: checks.every(({ ok }) => ok),
    seconds: { swarm: swarmMs / 1000, baselines: (elapsed() - swarmMs) / 1000, total: elapsed() / 1000 },
    directory: options.out === undefined ? null : init.workDir,
  }
}

/** One model for each different digest: peers that agree are evaluated once. */
async function mergedModels(
  peers: readonly SwarmPeer[],
  outcomes: readonly SwarmOutcome[],
  digests: readonly string[],
): Promise<ModelState[]> {
  const owners = digests.map((digest) => outcomes.findIndex(({ merge }) => merge.digest === digest))
  return Promise.all(
    owners.map((owner, index) =>
      loadState(join(homePaths(peers[owner]!.home).merges, `${digests[index]!}.safetensors`)),
    ),
  )
}

/** Each site's own, beside what it had of the others. */
async function personalModels(peers: readonly SwarmPeer[]): Promise<EvaluatedModel[]> {
  const found = await Promise.all(peers.map(({ home }) => loadPersonal(homePaths(home).personal)))
  return found.flatMap((one) => (one === undefined ? [] : [personalModel(one)]))
}

interface SwarmModels {
  readonly merged: EvaluateResult
  readonly personal: EvaluateResult | undefined
}

function peerReport(
  outcome: SwarmOutcome,
  index: number,
  baselines: Baselines,
  { merged, personal }: SwarmModels,
): PeerReport {
  const site = baselines.sites[index]!
  return {
    id: outcome.id,
    name: outcome.name,
    digest: outcome.merge.digest,
    trainImages: site.train.count,
    heldOutImages: site.heldOut.count,
    contributions: outcome.contributions,
    own: accuracy(baselines.own[index]!, index),
    merged: accuracy(merged, index),
    ...(personal !== undefined && { personal: accuracy(personal, index) }),
    pooled: accuracy(baselines.pooled, index),
    bytesSent: outcome.bytes.sent,
    bytesReceived: outcome.bytes.received,
  }
}

function summarise(
  { models, pooled, frozen, random }: Baselines,
  peers: readonly PeerReport[],
): DemoReport['summary'] {
  const mean = (pick: (peer: PeerReport) => number): number =>
    peers.reduce((sum, peer) => sum + pick(peer), 0) / peers.length
  return {
    base: share(models[0]!),
    ownMean: mean(({ own }) => own.allData),
    merged: mean((peer) => peer.merged.allData),
    pooled: share(pooled),
    frozen: share(frozen),
    ...(random !== undefined && { randomBackbone: share(random) }),
  }
}

function describe({
  adapter,
  rule,
  classifier,
}: Charter): Pick<DemoReport, 'adapter' | 'rule' | 'classifier'> {
  const kind = adapter.kind === 'lora' ? `lora ${adapter.trains}` : `ravan ${adapter.heads} ×`
  return {
    adapter: `${kind} rank ${adapter.rank}`,
    rule,
    classifier:
      classifier.rule === 'analytic' ? `analytic on ${classifier.features} features` : classifier.rule,
  }
}

function accuracy(result: EvaluateResult, site: number): Accuracy {
  return { ownData: share(result.perSite[site]!), allData: share(result) }
}

function share({ correct, count }: Score): number {
  return correct / count
}
