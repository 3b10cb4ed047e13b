import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { isTablePath, openTexts, textLines, type TextRow } from '../../training/index.ts'
import { PeermergeError } from '../../errors.ts'
import { STDIN, type Inputs } from './named-input.ts'

type Rows = (signal?: AbortSignal) => AsyncIterable<TextRow>

/**
 * Texts: the rows of tables, whose column of texts is named; the lines of .txt files and of standard input.
 *
 * @throws DatasetError - a table that cannot be read, or has no such column; PeermergeError ERR_INPUTS - neither a table nor .txt
 */
export async function textInputs(
  paths: readonly string[],
  stdin: AsyncIterable<unknown>,
  column: string | undefined,
): Promise<Inputs> {
  const sources: Rows[] = []
  for (const path of paths) sources.push(await rowsOf(path, stdin, column))
  return {
    total: undefined,
    async *all(signal) {
      for (const rows of sources) {
        for await (const { where: name, ...row } of rows(signal)) {
          if ('text' in row) yield { name, input: { text: row.text } }
          else yield { name, input: { code: 'ERR_INPUT_TEXT', reason: row.reason } }
        }
      }
    },
  }
}

async function rowsOf(
  path: string,
  stdin: AsyncIterable<unknown>,
  column: string | undefined,
): Promise<Rows> {
  if (path === STDIN) return (signal) => textLines(stdin, 'stdin', signal)
  if (isTablePath(path)) return await openTexts(path, column)
  if (extname(path).toLowerCase() === '.txt' && (await isFile(path)))
    return (signal) => textLines(createReadStream(path), path, signal)
  const text = `${path}: the model reads texts; expected a table (.csv .tsv .jsonl .parquet), a .txt with one a line, or - for standard input`
  throw new PeermergeError('ERR_INPUTS', text, { path })
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isFile(), () => false) // prettier-ignore
}
