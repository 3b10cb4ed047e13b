import type { Registry } from 'prom-client'
import type { TaskReportRow } from '../scores/types.ts'
import type { NodeStatus } from '../status/types.ts'
import { metric, type Sample } from './metric.ts'

/** Accuracy and forgetting task by task, as gauges of a registry. Returns what sets them. */
export function scoreMetrics(registry: Registry): (status: Pick<NodeStatus, 'scores'>) => void {
  const gauge = metric.bind(null, registry, 'gauge')
  const labels = ['task', 'of']
  const accuracy = gauge('task_accuracy', 'Share of held-out samples of a task that a merge has right, here or over all sites that say so', labels) // prettier-ignore
  const forgetting = gauge('task_forgetting', 'Accuracy that a task has lost since its own end', labels)
  const samples = gauge('task_scored_samples', 'Held-out samples behind the accuracy of a task', labels)
  const sites = gauge('task_scoring_sites', 'Members whose scores of a task are added up', ['task'])
  return ({ scores: { tasks } }) => {
    const of = (value: (task: Scored) => number): Sample[] =>
      tasks.flatMap((task) => scored(task).map((one) => [{ task: labelOf(task), of: one.of }, value(one)] as const)) // prettier-ignore
    accuracy(of((one) => one.accuracy))
    forgetting(of((one) => one.forgetting))
    samples(of((one) => one.count))
    sites(tasks.flatMap((task) => (task.consortium === null ? [] : [[{ task: labelOf(task) }, task.consortium.sites] as const]))) // prettier-ignore
  }
}

interface Scored {
  readonly of: 'site' | 'consortium'
  readonly accuracy: number
  readonly forgetting: number
  readonly count: number
}

/** What cannot be measured any more says nothing of now. */
function scored({ own, consortium }: TaskReportRow): readonly Scored[] {
  return [
    ...(own?.isMeasurable === true ? [{ ...own, of: 'site' as const }] : []),
    ...(consortium === null ? [] : [{ ...consortium, of: 'consortium' as const }]),
  ]
}

/** Two tasks may have one name; the classes of the charter have none. */
function labelOf({ id, name }: TaskReportRow): string {
  return id === null ? 'charter' : `${name} ${id.slice(0, 8)}`
}
