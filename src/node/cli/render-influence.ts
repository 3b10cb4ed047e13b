import type { PeerInfluence } from '../../merge/index.ts'
import { fileInfluence } from '../file-influence.ts'
import { memberName } from '../member-name.ts'
import type { OfflineMerge } from '../offline.ts'
import type { Roster } from '../roster.ts'
import { terminalTable } from '../terminal-table.ts'
import { percent } from '../units.ts'
import type { Output } from './output.ts'

/** Computes the influence of every peer; says on the way how far it is. */
export function reportInfluence(merge: OfflineMerge, { note }: Pick<Output, 'note'>): PeerInfluence[] {
  const found: PeerInfluence[] = []
  const peers = merge.summary.contributors.length
  for (const each of fileInfluence(merge)) {
    found.push(each)
    note(`influence: ${found.length} of ${peers} peers`)
  }
  return found
}

/** A row a peer, and with `perModule` one for each of its modules. */
export function renderInfluence(
  influences: readonly PeerInfluence[],
  roster: Roster,
  perModule: boolean,
): string {
  const head = ['without', 'contributions', 'adapter', 'outputs', 'share', 'classifier']
  const rows = influences.flatMap((each) => [
    [
      memberName(roster, each.peer),
      String(each.contributions.length),
      ...[each.change, each.response, each.share, each.classifier].map(shown),
    ],
    ...(perModule ? each.modules.map(({ module, change, response, share }) => [`  ${module}`, '', ...[change, response, share].map(shown), '']) : []), // prettier-ignore
  ])
  const title = 'change of the merge without a peer; its share of the weight'
  return `${title}\n${terminalTable(head, rows, 1)}`
}

function shown(value: number | undefined): string {
  return value === undefined ? '–' : percent(value)
}
