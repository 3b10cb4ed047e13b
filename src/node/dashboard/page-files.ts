import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'

export interface PageFile {
  readonly type: string
  readonly body: Uint8Array
}

/** Files of the page by the path of their request. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** From src/ as from dist/. */
const BUILT = join(import.meta.dirname, '../../../dist/dashboard')

const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/app.js', 'app.js', 'text/javascript; charset=utf-8'],
  ['/app.css', 'app.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const

/** The page as `npm run build` made it. @throws PeermergeError ERR_PAGE_MISSING */
export async function readPageFiles(directory = BUILT): Promise<PageFiles> {
  const read = FILES.map(async ([path, file, type]) => [path, { type, body: await readFile(join(directory, file)) }] as const) // prettier-ignore
  try {
    return new Map(await Promise.all(read))
  } catch (cause) {
    const problem = `${directory}: the dashboard is not there; build it: npm run build`
    throw new PeermergeError('ERR_PAGE_MISSING', problem, { directory }, { cause })
  }
}
