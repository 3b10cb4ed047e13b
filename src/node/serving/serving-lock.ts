import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeDirectory } from '../atomic-file.ts'
import { HomeLockedError } from '../errors.ts'
import { lockHome, type HomeLock } from '../home-lock.ts'

const RETRY_MS = 50
const PATIENCE_MS = 10_000

/** Only one at a time changes what is served: a node, or a command. @throws HomeLockedError - another one has not ended for ten seconds */
export async function withServingLock<T>(directory: string, job: () => Promise<T>): Promise<T> {
  await makeDirectory(directory)
  const lock = await takeLock(directory)
  try {
    return await job()
  } finally {
    await lock.release()
  }
}

async function takeLock(directory: string): Promise<HomeLock> {
  const file = join(directory, 'lock')
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      return await lockHome(directory, file)
    } catch (error) {
      if (!(error instanceof HomeLockedError) || waited >= PATIENCE_MS) throw error
      await pause(RETRY_MS)
    }
  }
}
