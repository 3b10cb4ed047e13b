import { stringify } from 'csv-stringify/sync'
import { HEADS, type RunRecord } from '../types.ts'
import { finalAccuracy, forgetting } from './summary.ts'

/** One row a run and head: everything that tables and intervals are computed from. */
export function csvReport(records: readonly RunRecord[]): string {
  const rows = [...records].sort(byKey).flatMap((record) =>
    HEADS.flatMap((head) => {
      const trajectory = record.heads[head]
      if (trajectory === undefined) return []
      const { bytes, ms } = record
      return [
        {
          method: record.method,
          head,
          split: record.split,
          seed: record.seed,
          accuracy: finalAccuracy(trajectory),
          forgetting: forgetting(trajectory) ?? '',
          worst_site: head === 'own' && record.perSite !== undefined ? Math.min(...record.perSite) : '',
          home: trajectory.home?.join(' ') ?? '',
          home_balanced: trajectory.balanced?.join(' ') ?? '',
          home_auc: trajectory.auc?.join(' ') ?? '',
          personal: record.personal ?? '',
          bytes_per_site: bytes.total,
          bytes_per_round: bytes.round,
          adapter_bytes_per_round: bytes.adapter,
          statistics_bytes: bytes.statistics,
          lifted_bytes: bytes.lifted,
          train_ms: Math.round(ms.train),
          statistics_ms: Math.round(ms.measure),
          solve_ms: Math.round(ms.solve),
          merge_ms: Math.round(ms.merge),
          evaluate_ms: Math.round(ms.evaluate),
          lifted_ms: Math.round(ms.lifted),
          wall_ms: Math.round(ms.wall),
          tasks: trajectory.tasks.at(-1)!.join(' '),
          rounds: trajectory.rounds.join(' '),
        },
      ]
    }),
  )
  return stringify(rows, { header: true })
}

function byKey(a: RunRecord, b: RunRecord): number {
  const key = ({ method, split, seed }: RunRecord): string =>
    `${method}\0${split}\0${String(seed).padStart(6, '0')}`
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0
}
