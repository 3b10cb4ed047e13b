import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { PeermergeError } from '../../errors.ts'
import { adapterSchema, memorySource, openSafetensors, type AdapterSpec } from '../../merge/index.ts'
import type { MixtureSpec, ModelState } from '../../training/index.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import { InvalidFileError } from '../errors.ts'
import { stateBytes } from '../merge-files.ts'

export const PERSONAL_FORMAT = 'peermerge-personal-1'

/** A site's own model: what it has trained, and what it has of the others. */
export interface PersonalState {
  /** With `rest/…` and `mixer/…` among the tensors of the adapter. */
  readonly state: ModelState
  readonly mixture: MixtureSpec
  /** Contributions that what it has of the others is made of, ascending. */
  readonly rest: readonly string[]
}

const mixtureSchema = z.strictObject({
  kind: z.literal('mixture'),
  own: adapterSchema,
  restRank: z.int().min(1),
  seed: z.string(),
})

export async function savePersonal(file: string, { state, mixture, rest }: PersonalState): Promise<void> {
  const metadata = { format: PERSONAL_FORMAT, mixture: JSON.stringify(mixture), rest: JSON.stringify(rest) }
  await writeFileAtomic(file, stateBytes(state, metadata), { mode: 0o600 })
}

/** Undefined where there is none yet. @throws InvalidFileError - it cannot be read */
export async function loadPersonal(file: string): Promise<PersonalState | undefined> {
  if (!existsSync(file)) return undefined
  try {
    return parse(await readFile(file), file)
  } catch (cause) {
    const problem = `cannot be read as this site's own model (${(cause as Error).message}); move it away to begin anew`
    throw new InvalidFileError(file, [problem], { cause })
  }
}

/**
 * Whether a kept model is one of this charter, which may have been amended since.
 *
 * @throws PeermergeError ERR_PERSONAL_ADAPTER - it is of another adapter; the file stays as it is
 */
export function assertSameAdapter(
  { mixture }: Pick<PersonalState, 'mixture'>,
  adapter: AdapterSpec,
  file: string,
): void {
  if (isDeepStrictEqual(adapterSchema.parse(mixture.own), adapterSchema.parse(adapter))) return // with defaults filled in
  const text = `${file}: this site's own model is of the adapter ${JSON.stringify(mixture.own)}, the charter says ${JSON.stringify(adapter)}; move the file away to begin anew`
  throw new PeermergeError('ERR_PERSONAL_ADAPTER', text, { file })
}

function parse(bytes: Uint8Array, file: string): PersonalState {
  const tensors = openSafetensors(memorySource(bytes), file)
  const { metadata, entries } = tensors
  if (metadata.get('format') !== PERSONAL_FORMAT) throw new Error(`its format is not ${PERSONAL_FORMAT}`)
  const said = (name: string): unknown => JSON.parse(metadata.get(name) ?? 'null')
  const names = [...entries.keys()].filter((name) => !name.startsWith('classifier/'))
  return {
    mixture: mixtureSchema.parse(said('mixture')),
    rest: z.array(z.string()).parse(said('rest')),
    state: {
      adapter: new Map(names.map((name) => [name, tensors.tensor(name)])),
      classifier: {
        weight: tensors.tensor('classifier/weight'),
        bias: tensors.tensor('classifier/bias'),
      },
    },
  }
}
