import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Tensor } from '../../merge/index.ts'
import { BackboneError } from '../errors.ts'
import { copySingle, widenBfloat, widenHalf } from './half-float.ts'

export const WEIGHT_FILE = 'model.safetensors'

/** A header of some thousand tensors takes some hundred kB; more than this is not a header. */
const MAX_HEADER_BYTES = 32 * 1024 * 1024

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
})
type Entry = z.infer<typeof entrySchema>

const headerSchema = z.record(z.string(), z.unknown())

const WIDTHS: Readonly<Record<string, { bytes: number; read: (bytes: Uint8Array) => Float32Array }>> = {
  F32: { bytes: 4, read: copySingle },
  F16: { bytes: 2, read: widenHalf },
  BF16: { bytes: 2, read: widenBfloat },
}

/** `model.safetensors` of a backbone, read one tensor at a time, whatever its precision, as float32. */
export interface WeightFile {
  readonly names: readonly string[]
  shape(name: string): readonly number[] | undefined
  /** @throws BackboneError - no such tensor, another shape than expected, another precision, non-finite values */
  read(name: string, shape: readonly number[]): Promise<Tensor>
  close(): Promise<void>
}

/**
 * Opens the weights and checks the header against the file's size.
 *
 * @throws BackboneError - the file is missing, truncated or not safetensors
 */
export async function openWeightFile(dir: string): Promise<WeightFile> {
  const file = await openFile(dir)
  try {
    const { entries, dataStart } = await readHeader(dir, file)
    return {
      names: [...entries.keys()],
      shape: (name) => entries.get(name)?.shape,
      read: (name, shape) => readTensor({ dir, file, entries, dataStart }, name, shape),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function openFile(dir: string): Promise<FileHandle> {
  try {
    return await open(join(dir, WEIGHT_FILE), 'r')
  } catch (error) {
    throw new BackboneError(dir, `${WEIGHT_FILE} cannot be opened`, { file: WEIGHT_FILE }, { cause: error })
  }
}

async function readHeader(
  dir: string,
  file: FileHandle,
): Promise<{ entries: ReadonlyMap<string, Entry>; dataStart: number }> {
  const { size } = await file.stat()
  const corrupt = (problem: string): BackboneError =>
    new BackboneError(dir, `${WEIGHT_FILE} is corrupt: ${problem}`, { file: WEIGHT_FILE, size })

  if (size < 8) throw corrupt(`${size} bytes`)
  const prefix = await readBytes(file, 0, 8)
  const headerBytes = Number(new DataView(prefix.buffer).getBigUint64(0, true))
  const dataStart = 8 + headerBytes
  if (headerBytes > MAX_HEADER_BYTES || dataStart > size) throw corrupt(`a header of ${headerBytes} bytes`)

  const entries = parseHeader(await readBytes(file, 8, headerBytes), corrupt)
  for (const [name, { data_offsets: offsets }] of entries) {
    if (offsets[0] > offsets[1] || dataStart + offsets[1] > size) {
      throw corrupt(`tensor ${name} ends at byte ${dataStart + offsets[1]}, the file has ${size}`)
    }
  }
  return { entries, dataStart }
}

function parseHeader(bytes: Uint8Array, corrupt: (problem: string) => BackboneError): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw corrupt('the header is not JSON')
  }
  const header = headerSchema.safeParse(json)
  if (!header.success) throw corrupt('the header is not an object')
  for (const [name, value] of Object.entries(header.data)) {
    if (name === '__metadata__') continue
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw corrupt(`the entry of tensor ${name}`)
    entries.set(name, entry.data)
  }
  return entries
}

interface OpenFile {
  readonly dir: string
  readonly file: FileHandle
  readonly entries: ReadonlyMap<string, Entry>
  readonly dataStart: number
}

async function readTensor(from: OpenFile, name: string, shape: readonly number[]): Promise<Tensor> {
  const fail = (problem: string): BackboneError =>
    new BackboneError(from.dir, `tensor ${name} ${problem}`, { tensor: name })

  const entry = from.entries.get(name)
  if (entry === undefined)
    throw fail(`is missing from ${WEIGHT_FILE}; config.json promises [${shape.join(', ')}]`)
  if (entry.shape.join() !== shape.join()) {
    throw fail(`has shape [${entry.shape.join(', ')}]; config.json promises [${shape.join(', ')}]`)
  }
  const width = WIDTHS[entry.dtype]
  if (width === undefined) throw fail(`is ${entry.dtype}; supported: ${Object.keys(WIDTHS).join(', ')}`)

  const [start, end] = entry.data_offsets
  const count = shape.reduce((product, extent) => product * extent, 1)
  if (end - start !== count * width.bytes) {
    throw fail(`takes ${end - start} bytes; its shape needs ${count * width.bytes}`)
  }
  const data = width.read(await readBytes(from.file, from.dataStart + start, end - start))
  if (!data.every(Number.isFinite)) throw fail('holds a value that is not finite')
  return { shape: [...shape], data }
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) throw new Error(`the file ended at byte ${position + filled}`)
    filled += bytesRead
  }
  return bytes
}
