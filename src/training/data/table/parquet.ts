import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { AsyncBuffer, FileMetaData } from 'hyparquet'
import { DatasetError } from '../../errors.ts'
import { BROKEN_TEXT } from './table.ts'
import type { Table, TableRow } from './table.ts'
import { decodeUtf8 } from './text-encoding.ts'

/**
 * A Parquet file, read row group by row group, of each only the wanted columns. Numbers of a label are turned into names where the file
 * carries them, as the files of Hugging Face data sets do.
 *
 * @throws DatasetError ERR_TABLE - not Parquet, cut off, or compressed in a way that is not read
 */
export async function openParquet(path: string): Promise<Table> {
  const { parquetMetadataAsync } = await import('hyparquet')
  const metadata = await withFile(path, async (file) => parquetMetadataAsync(file))
  const columns = columnsOf(metadata)
  const names = labelNames(metadata)
  return {
    columns,
    unit: 'row',
    async *rows(wanted, signal): AsyncGenerator<TableRow> {
      let start = 0
      for (const group of metadata.row_groups) {
        signal?.throwIfAborted()
        const end = start + Number(group.num_rows)
        const rows = await readRows(path, metadata, wanted, start, end)
        for (const [i, row] of rows.entries())
          yield { line: start + i + 1, cells: wanted.map((name) => nameOf(row[name], names.get(name))) }
        start = end
      }
    },
  }
}

async function readRows(
  path: string,
  metadata: FileMetaData,
  wanted: readonly string[],
  rowStart: number,
  rowEnd: number,
): Promise<Readonly<Record<string, unknown>>[]> {
  const { parquetReadObjects } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  return withFile(path, async (file) =>
    parquetReadObjects({
      file,
      metadata,
      compressors,
      columns: [...new Set(wanted)],
      rowStart,
      rowEnd,
      parsers: { stringFromBytes: (bytes) => decodeUtf8(bytes) ?? BROKEN_TEXT },
    }),
  )
}

/** Names of the columns at the top of the schema. */
function columnsOf({ schema }: FileMetaData): string[] {
  const [root, ...rest] = schema
  const columns: string[] = []
  for (let i = 0, left = root?.num_children ?? 0; left > 0 && i < rest.length; left--) {
    columns.push(rest[i]!.name)
    for (let open = 1; open > 0 && i < rest.length; i++) open += (rest[i]!.num_children ?? 0) - 1
  }
  return columns
}

/** Of every column of class numbers its names, from the description that Hugging Face's datasets writes. */
function labelNames({ key_value_metadata }: FileMetaData): Map<string, readonly string[]> {
  const text = key_value_metadata?.find(({ key }) => key === 'huggingface')?.value
  const features = featuresIn(text)
  const named = Object.entries(features).flatMap(([column, feature]) => {
    const names = (feature as { names?: unknown } | null)?.names
    return Array.isArray(names) && names.every((name) => typeof name === 'string')
      ? [[column, names] as const]
      : []
  })
  return new Map(named)
}

function featuresIn(text: string | undefined): Record<string, unknown> {
  try {
    const description = JSON.parse(text ?? '{}') as { info?: { features?: Record<string, unknown> } } | null
    return description?.info?.features ?? {}
  } catch {
    return {}
  }
}

function nameOf(cell: unknown, names: readonly string[] | undefined): unknown {
  if (names === undefined || (typeof cell !== 'bigint' && typeof cell !== 'number')) return cell
  return names[Number(cell)] ?? cell
}

async function withFile<T>(path: string, work: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  try {
    await using handle = await open(path)
    return await work(await asyncBuffer(handle))
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new DatasetError('ERR_TABLE', path, `cannot be read as Parquet: ${problem}`, {}, { cause })
  }
}

async function asyncBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat()
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const from = start < 0 ? Math.max(size + start, 0) : start
      const bytes = new Uint8Array(Math.max(Math.min(end, size) - from, 0))
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, from + done)
        if (bytesRead === 0) throw new Error('the file ends within a column')
        done += bytesRead
      }
      return bytes.buffer
    },
  }
}
