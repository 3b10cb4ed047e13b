import type { ByteSource } from './byte-source.ts'
import { openSafetensors } from './safetensors-reader.ts'
import type { ContributionHeader, ContributionView } from '../types.ts'

/**
 * An admitted contribution for the merge: reads each tensor from its payload when asked for it. Checks the file's
 * structure only; `validatePayload` has judged the content before it was kept.
 *
 * @throws MalformedError - the payload is no safetensors file
 */
export function openContribution(
  id: string,
  header: ContributionHeader,
  payload: ByteSource,
): ContributionView {
  const file = openSafetensors(payload, `payload of ${id.slice(0, 12)}`)
  return {
    id,
    header,
    has: (name) => file.entries.has(name),
    tensor: (name) => file.tensor(name),
    bytes: (name) => file.bytes(name),
  }
}
