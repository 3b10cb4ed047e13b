import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import type { MergeResult } from '../../merge/index.ts'
import { rulesOf, type ConsortiumRules } from '../consortium-rules.ts'
import { heldPayloads } from '../holdings/held-payloads.ts'
import { readHoldings } from '../holdings/read-holdings.ts'
import { withHomeTrainer, type TrainerWork } from '../home-trainer.ts'
import type { HomePaths } from '../home.ts'
import { openIdentity } from '../identity-file.ts'
import { memberName } from '../member-name.ts'
import { readClaim } from '../merge-claim.ts'
import { MergeClient } from '../merge-client.ts'
import type { ContributionFiles } from '../merge-jobs.ts'
import { settleChoice } from '../predict/model-choice.ts'
import { assertHeldOut } from '../scores/assert-held-out.ts'
import { assertContinuous } from '../staged/merge-staged.ts'
import { effectOf } from './effect-of.ts'
import { HeldOutAnswers } from './held-out-answers.ts'
import { contributorsOf, leaveOneOut } from './leave-one-out.ts'
import type { HelpReport, SiteEffect } from './types.ts'

export interface WhoHelpsOptions extends TrainerWork {
  /** A merge that the home keeps; the beginning of its digest is enough. @default the newest */
  readonly merge?: string | undefined
  /** Threads of the merges. @default as for a node */
  readonly threads?: number | undefined
  /** A site has been left out, of so many. */
  readonly onSite: (done: number, total: number, name: string) => void
}

/**
 * Which site helps or hurts this one: the merge without each of them, on this site's held-out samples. A node may run there; it is asked for
 * nothing but what it knows by heart.
 *
 * @throws PeermergeError ERR_NO_MERGE, ERR_UNKNOWN_MERGE; ERR_INCOMPLETE - payloads of the merge are not here, by name; ERR_MERGE_DIFFERS;
 *   ERR_NOTHING_HELD_OUT; ERR_OPTIONS - the charter has rounds; BackboneError, DatasetError
 */
export async function whoHelps(paths: HomePaths, options: WhoHelpsOptions): Promise<HelpReport> {
  const { signal, threads } = options
  const { digest } = (await settleChoice(paths, { kind: 'merged', digest: options.merge })) as { readonly digest: string } // prettier-ignore
  const { cut = [] } = await readClaim(join(paths.merges, `${digest}.json`))
  const holdings = await readHoldings(paths, { ids: cut, signal })
  const rules = rulesOf(holdings.founding, holdings.statements)
  assertContinuous(rules.spec, 'who-helps')
  const contributions = heldPayloads(holdings, cut, rules.roster)
  const merges = new MergeClient({ spec: rules.spec, charter: rules.charterDigest, carried: [...rules.carried.keys()], threads }) // prettier-ignore
  try {
    const whole = await merges.merge(contributions, { ...(signal && { signal }) })
    assertSame(digest, whole)
    return await withHomeTrainer(paths, rules, options, async (trainer, work) => {
      assertHeldOut(trainer, paths)
      const scored = new HeldOutAnswers(rules.spec, trainer, whole, work)
      return await compare({ paths, rules, merges, contributions, whole, scored }, options)
    })
  } finally {
    await merges.close()
  }
}

interface Comparison {
  readonly paths: HomePaths
  readonly rules: ConsortiumRules
  readonly merges: MergeClient
  readonly contributions: readonly ContributionFiles[]
  readonly whole: MergeResult
  readonly scored: HeldOutAnswers
}

async function compare(
  { paths, rules, merges, contributions, whole, scored }: Comparison,
  { signal, onSite }: WhoHelpsOptions,
): Promise<HelpReport> {
  const { peer: self } = await openIdentity(paths)
  const all = await scored.of(whole)
  const total = contributorsOf(contributions).length
  const sites: SiteEffect[] = []
  for await (const { peer, contributions: own, result } of leaveOneOut(merges, contributions, {
    ...(signal && { signal }),
  })) {
    // prettier-ignore
    const found = await scored.of(result)
    const name = memberName(rules.roster, peer)
    const said = { peer, name, self: peer === self, contributions: own, without: result.digests.merge }
    sites.push({ ...said, figures: scored.figures(found), ...effectOf(all.right, found.right) })
    onSite(sites.length, total, name)
  }
  sites.sort((a, b) => b.gained - b.lost - (a.gained - a.lost))
  const { tasks, classes } = scored
  const named = tasks.map(({ task }) => ({ task, name: task === null ? null : (rules.state.tasks.get(task)?.name ?? null) })) // prettier-ignore
  return { merge: whole.digests.merge, classes, tasks: named, figures: scored.figures(all), sites }
}

/** @throws PeermergeError ERR_MERGE_DIFFERS */
function assertSame(digest: string, { digests }: MergeResult): void {
  if (digests.merge === digest) return
  const text = `merge ${digest.slice(0, 12)}: its contributions give ${digests.merge.slice(0, 12)} now, as the ledger or the charter has changed since; run the node until it has merged anew`
  throw new PeermergeError('ERR_MERGE_DIFFERS', text, { expected: digest, actual: digests.merge })
}
