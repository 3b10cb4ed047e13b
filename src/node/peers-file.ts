import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ToldPeer } from '../gossip/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import type { Logger } from './logger.ts'

const peersSchema = z.array(z.object({ peer: z.string(), addresses: z.array(z.string()) }))

/** Where members were last reached; only a help, so an unreadable file is as good as none. */
export async function readPeers(path: string, logger: Logger): Promise<readonly ToldPeer[]> {
  try {
    return peersSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      logger.warn({ path, err: error }, 'known addresses are unreadable and forgotten')
    }
    return []
  }
}

export async function writePeers(path: string, peers: readonly ToldPeer[]): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(peers, null, 2)}\n`)
}
