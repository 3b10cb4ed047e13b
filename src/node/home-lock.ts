import { open, readFile, rm } from 'node:fs/promises'
import { HomeLockedError } from './errors.ts'

/** Held while this process runs the home. */
export interface HomeLock extends AsyncDisposable {
  release(): Promise<void>
}

const held = new Set<string>()

/**
 * Takes the lock of a home. A lock left by a process that no longer lives is taken over.
 *
 * @throws HomeLockedError - another process, or another node of this one, holds it
 */
export async function lockHome(home: string, lockFile: string): Promise<HomeLock> {
  if (held.has(lockFile)) throw new HomeLockedError(home, process.pid)
  held.add(lockFile)
  try {
    await takeLock(home, lockFile)
  } catch (error) {
    held.delete(lockFile)
    throw error
  }
  const release = async (): Promise<void> => {
    if (held.delete(lockFile)) await rm(lockFile, { force: true })
  }
  return { release, [Symbol.asyncDispose]: release }
}

async function takeLock(home: string, lockFile: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await createLock(lockFile)) return
    const holder = await readHolder(lockFile)
    if (holder !== undefined && holder.pid !== process.pid && (await isAlive(holder))) {
      throw new HomeLockedError(home, holder.pid)
    }
    await rm(lockFile, { force: true })
  }
  throw new HomeLockedError(home, (await readHolder(lockFile))?.pid ?? 0)
}

async function createLock(lockFile: string): Promise<boolean> {
  try {
    const file = await open(lockFile, 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify({ pid: process.pid, started: await startTime(process.pid) }))
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

interface Holder {
  readonly pid: number
  /** Start of that process in clock ticks since boot; null where the system does not tell. */
  readonly started: string | null
}

async function readHolder(lockFile: string): Promise<Holder | undefined> {
  try {
    const value = JSON.parse(await readFile(lockFile, 'utf8')) as Partial<Holder>
    return typeof value.pid === 'number' ? { pid: value.pid, started: value.started ?? null } : undefined
  } catch {
    return undefined // gone meanwhile, or a crash left it empty
  }
}

/** A process id is reused after a while; on Linux the start time tells the two apart. */
async function isAlive({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return started === null || started === (await startTime(pid))
}

async function startTime(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
