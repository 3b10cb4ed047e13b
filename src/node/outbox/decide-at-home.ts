import { connectControl } from '../control-client.ts'
import { NotRunningError } from '../errors.ts'
import { lockHome } from '../home-lock.ts'
import type { HomePaths } from '../home.ts'
import type { OutboxCommand } from '../policy/policy-command.ts'
import type { OutboxDesk } from './outbox-desk.ts'
import { Outbox } from './outbox.ts'
import { reportOf, type OutboxReport } from './outbox-report.ts'

export interface DecideOptions {
  readonly signal: AbortSignal
  /** Milliseconds since 1970, where no node runs. */
  readonly wallNow: () => number
}

/**
 * A person's word on what is held: by the node that runs the home, or where none runs in the files, for the node to find when it starts.
 *
 * @throws PeermergeError ERR_OUTBOX - nothing that is held has this id; HomeLockedError
 */
export async function decideAtHome(
  paths: HomePaths,
  command: OutboxCommand,
  { signal, wallNow }: DecideOptions,
): Promise<OutboxReport> {
  try {
    const control = await connectControl(paths)
    return (await control.execute(command, { signal })) as OutboxReport
  } catch (error) {
    if (!(error instanceof NotRunningError)) throw error
    return await decideStopped(paths, command, wallNow())
  }
}

export function decideInOutbox(
  desk: Pick<OutboxDesk, 'decide'>,
  { command, id, by, reason }: OutboxCommand,
): Promise<OutboxReport> {
  return desk.decide(id, STATES[command], { by, reason })
}

const STATES = { 'outbox-release': 'released', 'outbox-refuse': 'refused' } as const

async function decideStopped(
  paths: HomePaths,
  { command, id, by, reason }: OutboxCommand,
  at: number,
): Promise<OutboxReport> {
  const lock = await lockHome(paths.root, paths.lock)
  try {
    const outbox = await Outbox.open(paths)
    return reportOf(await outbox.decide(id, STATES[command], { by, reason, at }))
  } finally {
    await lock.release()
  }
}
