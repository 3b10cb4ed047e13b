import { createHash } from 'node:crypto'
import { adapterDigest, openSafetensors, type ByteSource, type Safetensors } from '../../merge/index.ts'
import { mergeSpecOf, type Charter } from '../charter.ts'
import { inspection, type DigestFacts, type Inspection } from './inspection.ts'
import { packedGrams } from './packed-grams.ts'
import { tensorFacts } from './tensor-facts.ts'

/** A safetensors file of any origin. @throws MalformedError - its header is not one, or does not fit the file */
export function inspectSafetensors(
  file: string,
  source: ByteSource,
  charter: Charter | undefined,
): Inspection {
  const opened = openSafetensors(source, file)
  return inspection({
    file,
    kind: kindOf(opened),
    bytes: source.size,
    fields: Object.fromEntries(opened.metadata),
    digests: [{ what: 'file (sha2-256)', stored: null, computed: digestOf(source) }, ...adapterDigests(opened, charter)], // prettier-ignore
    tensors: tensorFacts(opened, packedGrams(opened, charter)),
  })
}

function kindOf({ entries, metadata }: Safetensors): string {
  const names = [...entries.keys()]
  const format = metadata.get('format')
  if (format === 'peermerge-merge-1') return 'merge'
  if (format === 'peermerge-state-1') return 'state'
  if (names.length > 0 && names.every((name) => name.startsWith('base_model.model.'))) return 'PEFT adapter'
  const isOurs = (name: string): boolean => /^(?:adapter|gram|classifier)\//.test(name)
  return names.length > 0 && names.every(isOurs) ? 'payload of a contribution' : 'safetensors file'
}

const PIECE_BYTES = 1_048_576

function digestOf(source: ByteSource): string {
  const hash = createHash('sha256')
  for (let at = 0; at < source.size; at += PIECE_BYTES) hash.update(source.read(at, Math.min(PIECE_BYTES, source.size - at))) // prettier-ignore
  return hash.digest('hex')
}

/** Of the charter's adapter, where the file holds a state of it: what `anchor` and a merge's claim call it. */
function adapterDigests(file: Safetensors, charter: Charter | undefined): DigestFacts[] {
  if (charter === undefined) return []
  const names = [...file.entries.keys()].filter((name) => name.startsWith('adapter/'))
  if (names.length === 0) return []
  const adapter = new Map(names.map((name) => [name, file.tensor(name)]))
  return [{ what: 'adapter', stored: null, computed: adapterDigest(mergeSpecOf(charter), adapter) }]
}
