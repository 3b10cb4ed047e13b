import { opendir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isImagePath, textLines } from '../../training/index.ts'
import { PeermergeError } from '../../errors.ts'
import { STDIN, type Inputs, type NamedInput } from './named-input.ts'

/**
 * Images by their files: those named, whatever they are called; of a folder all that are named as images, in it and below, in the order of
 * their names; from standard input the names of files, one a line.
 *
 * @throws PeermergeError ERR_NO_INPUTS - a folder without an image
 */
export async function imageInputs(paths: readonly string[], stdin: AsyncIterable<unknown>): Promise<Inputs> {
  const files = new Map<string, readonly string[]>()
  for (const path of paths) if (path !== STDIN) files.set(path, await filesOf(path))
  const count = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  return {
    total: paths.includes(STDIN) ? undefined : count,
    async *all(signal) {
      for (const path of paths) {
        if (path === STDIN) yield* namedOnStdin(stdin, signal)
        else for (const file of files.get(path)!) yield { name: file, input: { file } }
      }
    },
  }
}

async function filesOf(path: string): Promise<readonly string[]> {
  const isFolder = await stat(path).then((found) => found.isDirectory(), () => false) // prettier-ignore
  if (!isFolder) return [path] // one that is not there is named with the answers
  const found: string[] = []
  for await (const entry of await opendir(path, { recursive: true })) {
    const file = join(entry.parentPath, entry.name)
    const isFile = entry.isFile() || entry.isSymbolicLink()
    if (isFile && isImagePath(entry.name) && !isHidden(relative(path, file))) found.push(file)
  }
  if (found.length > 0) return found.sort()
  const text = `${path}: no image in this folder or below it; expected .jpg, .png, .webp, .bmp or .gif`
  throw new PeermergeError('ERR_NO_INPUTS', text, { path })
}

const isHidden = (below: string): boolean => /(^|[\\/])\./.test(below)

async function* namedOnStdin(
  stdin: AsyncIterable<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<NamedInput> {
  for await (const line of textLines(stdin, 'stdin', signal)) {
    if ('reason' in line)
      yield { name: line.where, input: { code: 'ERR_INPUT_MISSING', reason: line.reason } }
    else if (line.text !== '') yield { name: line.text, input: { file: line.text } }
  }
}
