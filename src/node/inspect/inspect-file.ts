import { closeSync, openSync } from 'node:fs'
import { MalformedError } from '../../errors.ts'
import type { ByteSource } from '../../merge/index.ts'
import type { Charter } from '../charter.ts'
import { looksLikeContainer } from '../contribution-container.ts'
import { MAX_CONTRIBUTION_FILE_BYTES } from '../contribution-file.ts'
import { fileSource } from '../file-source.ts'
import { inspectContribution, inspectEnvelope } from './inspect-contribution.ts'
import { inspectJson } from './inspect-json.ts'
import { inspectSafetensors } from './inspect-safetensors.ts'
import type { Inspection } from './inspection.ts'

const MAX_JSON_BYTES = 64 * 1024 * 1024
const MAX_ENVELOPE_FILE_BYTES = 64 * 1024
const BRACE = 0x7b

/**
 * Says what a file is, by its first bytes, and what it holds: contribution file, envelope, safetensors, charter, merge claim. Reads no more
 * than it must; tensors one at a time.
 *
 * @throws MalformedError, RefusedError, InvalidFileError - none of these, or broken
 */
export async function inspectFile(file: string, charter?: Charter): Promise<Inspection> {
  const descriptor = openSync(file, 'r')
  try {
    const source = fileSource(file, descriptor)
    const start = source.read(0, Math.min(16, source.size))
    if (looksLikeContainer(start)) return await inspectContribution(file, whole(file, source, MAX_CONTRIBUTION_FILE_BYTES), charter) // prettier-ignore
    if (start[0] === 0xa2) return await inspectEnvelope(file, whole(file, source, MAX_ENVELOPE_FILE_BYTES), charter) // prettier-ignore
    if (isSafetensors(start)) return inspectSafetensors(file, source, charter)
    if (isJson(start)) return inspectJson(file, Buffer.from(whole(file, source, MAX_JSON_BYTES)).toString('utf8')) // prettier-ignore
    throw new MalformedError(file, 'is none of contribution file, envelope, safetensors, charter, merge claim', { reason: 'unknown-file' }) // prettier-ignore
  } finally {
    closeSync(descriptor)
  }
}

function whole(file: string, source: ByteSource, maxBytes: number): Uint8Array {
  if (source.size <= maxBytes) return source.read(0, source.size)
  throw new MalformedError(file, `${source.size} bytes, at most ${maxBytes}`, { reason: 'too-large' })
}

/** The length of a JSON header, then its brace. */
function isSafetensors(start: Uint8Array): boolean {
  return start[8] === BRACE && start[7] === 0 && start[6] === 0
}

function isJson(start: Uint8Array): boolean {
  return start.find((byte) => byte > 0x20) === BRACE
}
