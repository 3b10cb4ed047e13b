import { PeermergeError } from '../../errors.ts'
import { AuditLog } from '../audit/audit-log.ts'
import { chosenDrafts } from '../audit/chosen-drafts.ts'
import { charterDigest } from '../charter.ts'
import { lockHome } from '../home-lock.ts'
import { readCharter, readConfig, type HomePaths } from '../home.ts'
import { openIdentity } from '../identity-file.ts'
import { runningNode } from '../running-node.ts'
import { readServing } from './served-model.ts'

/** The home is another process's for now. */
const BUSY = new Set(['ERR_HOME_LOCKED', 'ERR_NOT_RUNNING', 'ERR_STOPPED'])

/**
 * Has the site's log say what a person has just chosen: by its node where one runs, else by this process.
 *
 * @returns false where that node is stopping, or another command is at work in the home: the node's next start records it
 * @throws PeermergeError ERR_AUDIT - the disk does not take it; the choice holds, and the next start tries again
 */
export async function recordChoice(paths: HomePaths, signal?: AbortSignal): Promise<boolean> {
  try {
    const running = await runningNode(paths)
    if (running === undefined) await recordLocked(paths)
    else await running.execute({ command: 'model-chosen' }, { ...(signal && { signal }) })
    return true
  } catch (error) {
    if (BUSY.has(String((error as { code?: unknown }).code))) return false
    throw error
  }
}

async function recordLocked(paths: HomePaths): Promise<void> {
  const lock = await lockHome(paths.root, paths.lock)
  try {
    await appendChoice(paths)
  } finally {
    await lock.release()
  }
}

async function appendChoice(paths: HomePaths): Promise<void> {
  const failures: string[] = []
  const { name } = await readConfig(paths)
  const log = new AuditLog({
    file: paths.audit,
    owner: { name, consortium: charterDigest(await readCharter(paths)) },
    identity: await openIdentity(paths),
    onProblem: (code, text) => code === 'audit-failed' && failures.push(text),
  })
  log.add(async (state) => chosenDrafts(state, await readServing(paths.served)))
  await log.close()
  if (failures.length > 0) throw new PeermergeError('ERR_AUDIT', `the choice holds, but is not recorded: ${failures[0]}`) // prettier-ignore
}
