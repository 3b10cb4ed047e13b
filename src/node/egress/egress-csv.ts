import { stringify } from 'csv-stringify/sync'
import type { EgressContribution, EgressReport } from './egress-report.ts'

const EVERYBODY = 'all members'

/** One row for each tensor, each header and each task that scores were told of: everything of content that has left. */
export function egressCsv({ contributions, scores }: EgressReport): string {
  const rows = [
    ...contributions.flatMap((one) => [headerRow(one), ...tensorRows(one)]),
    ...scores.flatMap(({ at, merge, tasks }) =>
      tasks.map(({ task, correct, count }) => ({
        what: 'scores',
        at,
        merge,
        name: `task ${task}: ${correct} of ${count} right`,
        samples: count,
        recipients: EVERYBODY,
      })),
    ),
  ]
  return stringify(rows, { header: true, columns: [...COLUMNS] })
}

const COLUMNS = [
  'what',
  'at',
  'contribution',
  'number',
  'kind',
  'merge',
  'name',
  'type',
  'shape',
  'bytes',
  'digest',
  'samples',
  'clipping',
  'noise',
  'recipients',
  'recipient_ids',
] as const

type Row = Partial<Record<(typeof COLUMNS)[number], string | number>>

function shared({ id, sequence, kind, publishedAt }: EgressContribution): Row {
  return { at: publishedAt, contribution: id, number: sequence, kind }
}

function headerRow(one: EgressContribution): Row {
  const { headerBytes, classCounts, id, samples } = one
  const name = `header: samples by class ${classCounts.join(' ')}`
  return { what: 'header', ...shared(one), name, bytes: headerBytes, digest: id, samples, recipients: EVERYBODY } // prettier-ignore
}

function tensorRows(one: EgressContribution): Row[] {
  const { samples, clipping, noise, recipients, payload } = one
  const rest = {
    samples,
    clipping,
    noise,
    recipients: recipients.map(({ name }) => name).join('; '),
    recipient_ids: recipients.map(({ peer }) => peer).join('; '),
  }
  if (one.tensors === null) {
    const name = 'payload whose tensors are not here any more'
    return [{ what: 'payload', ...shared(one), name, bytes: payload.bytes, digest: payload.digest, ...rest }]
  }
  return one.tensors.map(({ name, type, shape, bytes, digest }) => ({
    what: 'tensor',
    ...shared(one),
    name,
    type,
    shape: shape.join('×'),
    bytes,
    digest,
    ...rest,
  }))
}
