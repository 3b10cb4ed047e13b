import type { Command } from 'commander'
import { writeFileAtomic } from '../atomic-file.ts'
import { PeermergeError } from '../../errors.ts'
import type { OfflineMerge } from '../offline.ts'
import { collect } from './options.ts'

export interface RemovalFlags {
  readonly without?: readonly string[]
  readonly receipt?: string
  readonly influence?: boolean
  readonly perModule?: boolean
}

/** Options that take peers out of a merge, or say what each does to it. */
export function addRemovalOptions(command: Command): Command {
  return command
    .option(
      '--without <peer>',
      'leave this peer’s contributions out: its id or the beginning of it; may be given again',
      collect,
    ) // prettier-ignore
    .option('--receipt <file>', 'with --without: write there what was removed and both digests, as JSON')
    .option('--influence', 'how the merge changes without each peer, by merging without it')
    .option('--per-module', 'of --influence: a row for every module, too')
}

/** What `mergeFiles` has to do for these flags. @throws PeermergeError ERR_OPTIONS - flags that need others */
export function removalRequest({ without, receipt, influence, perModule }: RemovalFlags): {
  readonly without: readonly string[] | undefined
  readonly receipt: boolean
} {
  if (receipt !== undefined && without === undefined) {
    throw new PeermergeError('ERR_OPTIONS', '--receipt is of a removal: say --without PEER, too')
  }
  if (perModule === true && influence !== true) {
    throw new PeermergeError('ERR_OPTIONS', '--per-module is of --influence: say that, too')
  }
  return { without, receipt: receipt !== undefined }
}

/** Writes the receipt that was asked for. */
export async function writeReceipt(
  { receipt: file }: RemovalFlags,
  { receipt }: OfflineMerge,
): Promise<void> {
  if (file !== undefined) await writeFileAtomic(file, `${JSON.stringify(receipt, null, 2)}\n`)
}
