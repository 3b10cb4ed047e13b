import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import { parseJson } from '../parse-json.ts'
import { itemOf, outboxRecordSchema, type OutboxItem } from './outbox-item.ts'

const RECORD = /^[0-9a-f]{64}\.json$/

/** Records of an outbox, also while its node runs. @throws InvalidFileError, MalformedError - a record is none */
export async function readItems(dir: string): Promise<readonly OutboxItem[]> {
  const names = await readdir(dir).catch(() => []) // nothing was ever held
  const items: OutboxItem[] = []
  for (const name of names.filter((one) => RECORD.test(one))) {
    const file = join(dir, name)
    const text = await readFile(file, 'utf8').catch(() => undefined) // published since
    if (text !== undefined) items.push(itemOf(parseJson(outboxRecordSchema, text, file)))
  }
  return inOrder(items)
}

/** As they were held. */
export function inOrder(items: readonly OutboxItem[]): readonly OutboxItem[] {
  return [...items].sort((a, b) => a.heldAt - b.heldAt || (a.id < b.id ? -1 : 1))
}

/** @param id - or the beginning of it. @throws PeermergeError ERR_OUTBOX - nothing that is held begins so, or several do */
export function findHeld(items: readonly OutboxItem[], id: string): OutboxItem {
  const held = items.filter(({ state }) => state === 'held')
  const found = held.filter((item) => item.id.startsWith(id.toLowerCase()))
  if (found.length === 1) return found[0]!
  const there = held.length === 0 ? 'nothing is held' : `held: ${held.map((item) => item.id.slice(0, 12)).join(', ')}` // prettier-ignore
  const problem = found.length === 0 ? 'is not held' : `may be ${found.length} of those that are held; give more of it` // prettier-ignore
  throw new PeermergeError('ERR_OUTBOX', `outbox: ${id} ${problem}; ${there}`, { id })
}
