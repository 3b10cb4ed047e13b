import { createHash } from 'node:crypto'
import { readdir, rename } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

const SUFFIX = '.incomplete'

/**
 * A name for the partial download of a blob that belongs to this process. What a dead process of this machine has left of the same blob
 * is taken over, so that its bytes need not be fetched again; what a living one is writing is left alone.
 */
export async function claimPartial(blob: string): Promise<string> {
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
  const prefix = `${basename(blob)}.${host}.`
  const own = join(dirname(blob), `${prefix}${process.pid}${SUFFIX}`)
  for (const name of await readdir(dirname(blob))) {
    if (!name.startsWith(prefix) || !name.endsWith(SUFFIX)) continue
    const pid = Number(name.slice(prefix.length, -SUFFIX.length))
    if (pid === process.pid) return own
    if (Number.isSafeInteger(pid) && !isAlive(pid) && (await taken(join(dirname(blob), name), own)))
      return own
  }
  return own
}

async function taken(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch {
    return false // another process took it
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
