import { open, rename, rm } from 'node:fs/promises'
import { PeermergeError } from '../../errors.ts'
import { modelProtoParts } from '../runtime/onnx/model-proto.ts'
import type { OnnxModel } from '../runtime/onnx/model-proto.ts'

/** Protocol buffers count the bytes of a message in 31 bits. */
const MAX_BYTES = 2 ** 31 - 1

/** Smaller pieces of a file are joined before they are written. */
const JOINED_BYTES = 1 << 20

/**
 * Writes a model with its weights inside. Another file is not replaced before this one is complete and on disk.
 *
 * @throws PeermergeError ERR_MODEL_TOO_LARGE, ERR_CANNOT_WRITE - nothing was written
 */
export async function writeOnnxFile(file: string, model: OnnxModel, signal?: AbortSignal): Promise<void> {
  const whole = {
    ...model,
    initializers: model.initializers.map((tensor) => ({ ...tensor, external: false })),
  }
  const bytes = whole.initializers.reduce((total, tensor) => total + tensor.bytes.length, 0)
  if (bytes >= MAX_BYTES) {
    const text = `${file}: expected weights below 2 GiB, which is all that one ONNX file can hold, got ${bytes} bytes; export the adapter instead`
    throw new PeermergeError('ERR_MODEL_TOO_LARGE', text, { file, bytes, maxBytes: MAX_BYTES })
  }
  const partial = `${file}.${process.pid}.partial`
  try {
    await writeParts(partial, modelProtoParts(whole), signal)
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    signal?.throwIfAborted()
    const text = `${file} cannot be written: ${(error as Error).message}`
    throw new PeermergeError('ERR_CANNOT_WRITE', text, { file }, { cause: error })
  }
}

async function writeParts(file: string, parts: Iterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  await using handle = await open(file, 'w')
  let waiting: Uint8Array[] = []
  let size = 0
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted()
    await handle.writeFile(Buffer.concat(waiting))
    waiting = []
    size = 0
  }
  for (const part of parts) {
    waiting.push(part)
    size += part.length
    if (size >= JOINED_BYTES) await flush()
  }
  await flush()
  await handle.sync()
}
