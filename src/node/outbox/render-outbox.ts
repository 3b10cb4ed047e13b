import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import { bytes } from '../units.ts'
import type { OutboxReport } from './outbox-report.ts'
import type { ShownItem } from './show-held.ts'

const HEAD = ['id', 'state', 'kind', 'number', 'samples', 'payload', 'held', 'by', 'reason']

export function renderOutbox(items: readonly OutboxReport[]): string {
  if (items.length === 0) return 'nothing is held'
  const rows = items.map(({ id, state, kind, sequence, samples, bytes: size, heldAt, by, reason }) => [
    id.slice(0, 12),
    state === 'held' ? pc.yellow(state) : state,
    kind,
    String(sequence),
    String(samples),
    bytes(size),
    minute(heldAt),
    by ?? '',
    reason,
  ])
  return terminalTable(HEAD, rows, 3)
}

/** What every member would get, and what whoever fetches the payload would. */
export function renderShown(shown: ShownItem): string {
  const { id, kind, sequence, samples, classCounts, classes, bytes: size, headerBytes, clipping, noise, tensors } = shown // prettier-ignore
  const counts = classes.map((label, i) => `${label} ${classCounts[i] ?? 0}`)
  return [
    `${pc.bold(id)}: ${kind} ${sequence}, held since ${minute(shown.heldAt)}`,
    `to all members: a header of ${headerBytes} bytes, with ${samples} samples by class: ${counts.join(', ')}`,
    `to whoever fetches it: ${bytes(size)}, each tensor of ${samples} samples; clipping ${clipping}, noise ${noise}`,
    tensors === null
      ? pc.red('its payload is damaged on this disk: refuse it, and it is made again')
      : tensorTable(tensors),
  ].join('\n')
}

export function renderDecided({ id, state, kind, sequence, by }: OutboxReport): string {
  const what = `${kind} ${sequence} (${id.slice(0, 12)})`
  return state === 'released'
    ? `${what} is released by ${by}; it leaves now, or where no node runs at the next start`
    : `${what} is refused by ${by} and never leaves`
}

function tensorTable(tensors: NonNullable<ShownItem['tensors']>): string {
  const rows = tensors.map(({ name, type, shape, bytes: size, digest }) => [name, type, shape.join('×'), String(size), digest.slice(0, 12)]) // prettier-ignore
  return terminalTable(['tensor', 'type', 'shape', 'bytes', 'digest'], rows)
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ')
}
