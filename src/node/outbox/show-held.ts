import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { payloadTensors, type PayloadTensor } from '../audit/payload-tensors.ts'
import { Blocks } from '../blocks.ts'
import type { HomePaths } from '../home.ts'
import { reportOf, type OutboxReport } from './outbox-report.ts'
import { findHeld, readItems } from './read-outbox.ts'

/** Everything that would leave with what is held, as `egress` tells of what has. */
export interface ShownItem extends OutboxReport {
  /** Longest gradient of a training step; `none`: not limited, or nothing was trained. */
  readonly clipping: number | 'none'
  /** Standard deviation of the noise added. */
  readonly noise: number
  /** Of the header, which every member would get. */
  readonly headerBytes: number
  /** In the order of `classCounts`. */
  readonly classes: readonly string[]
  readonly tensors: readonly PayloadTensor[] | null
}

/** Reads files alone, so that it may be asked while a node runs. @throws PeermergeError ERR_OUTBOX - nothing that is held has this id */
export async function showHeld(paths: Pick<HomePaths, 'outbox'>, id: string): Promise<ShownItem> {
  const item = findHeld(await readItems(paths.outbox), id)
  const { header, headerBytes, classes, clipping } = item
  const blocks = new Blocks(join(paths.outbox, 'blocks'))
  const read = (digest: string): Promise<Uint8Array | undefined> =>
    readFile(blocks.path(digest)).catch(() => undefined)
  return {
    ...reportOf(item),
    clipping,
    noise: header.noise,
    headerBytes: headerBytes.length,
    classes,
    tensors: await payloadTensors(header.payload, read),
  }
}
