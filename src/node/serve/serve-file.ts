import { readFile, rm } from 'node:fs/promises'
import { PeermergeError } from '../../errors.ts'
import { writeFileAtomic } from '../atomic-file.ts'

/** Name, within a home, of the file that says where a server answers and what it asks for. */
export const SERVE_FILE = 'serve.json'

export interface ServeFile {
  readonly v: 1
  readonly pid: number
  readonly url: string
  readonly token: string
}

/**
 * Says where this server answers, readable by its owner only; what a server that was killed has left is replaced.
 *
 * @throws PeermergeError ERR_ALREADY_SERVING - another one that lives says so there
 */
export async function writeServeFile(file: string, said: ServeFile): Promise<void> {
  const other = await readServeFile(file)
  if (other !== undefined && other.pid !== process.pid && isAlive(other.pid)) {
    const problem = `process ${other.pid} serves there already, at ${other.url}; stop it, or say another --address-file`
    throw new PeermergeError('ERR_ALREADY_SERVING', `${file}: ${problem}`, { file, pid: other.pid })
  }
  await writeFileAtomic(file, `${JSON.stringify(said)}\n`, { mode: 0o600 })
}

/** Undefined where there is none that can be read. */
export async function readServeFile(file: string): Promise<ServeFile | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ServeFile
  } catch {
    return undefined
  }
}

/** Takes it away, unless it is another server's by now. */
export async function removeServeFile(file: string): Promise<void> {
  if ((await readServeFile(file))?.pid === process.pid) await rm(file, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
