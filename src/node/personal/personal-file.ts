import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import {
  adapterSchema,
  isPersonal,
  maskName,
  memorySource,
  openSafetensors,
  writeSafetensors,
  type Safetensors,
  type WritableTensor,
} from '../../merge/index.ts'
import type { ModelState } from '../../training/index.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import { InvalidFileError } from '../errors.ts'
import { stateTensors } from '../merge-files.ts'
import { assertFinite } from '../assert-finite.ts'
import { kindOnDisk, type RestPrecision } from './half-rest.ts'
import type { FedSelectState, PersonalState } from './personal-state.ts'
import { packed } from './selected-entries.ts'

export const PERSONAL_FORMAT = 'peermerge-personal-2'

/** What older files do not say: such a model is renewed once. */
const progress = {
  trainings: z.int().min(0).default(0),
  generation: z.int().min(0).default(0),
  met: z.array(z.string()).default([]),
}

/** All but tensors. */
const said = z.discriminatedUnion('method', [
  z.object({
    method: z.literal('fedalt'),
    ...progress,
    mixture: z.strictObject({
      kind: z.literal('mixture'),
      own: adapterSchema,
      restRank: z.int().min(1),
      seed: z.string(),
    }),
    rest: z.array(z.string()),
  }),
  z.object({
    method: z.literal('fedselect'),
    ...progress,
    adapter: adapterSchema,
    base: z.string().nullable(),
    others: z.array(z.string()).default([]),
    trainings: z.int().min(1),
    trained: z.array(z.string()),
    growths: z.array(z.strictObject({ trainings: z.int().min(1), shares: z.record(z.string(), z.number()) })),
  }),
  z.object({
    method: z.literal('means'),
    adapter: adapterSchema,
    merged: adapterSchema,
    base: z.string(),
    strength: z.number().gt(0),
    temperature: z.number().min(1).nullable().default(null),
    statistics: z.array(z.string()),
  }),
])

/** `personal.safetensors`: the state, of FedSelect its masks and what they grew from, too; the rest of it as JSON in `personal` of the metadata. */
export async function savePersonal(
  file: string,
  personal: PersonalState,
  precision: RestPrecision = 'single',
): Promise<void> {
  const metadata = { format: PERSONAL_FORMAT, personal: JSON.stringify(said.parse(personal)) }
  await writeFileAtomic(
    file,
    writeSafetensors(tensorsOf(personal), { metadata, type: kindOnDisk(precision) }),
    { mode: 0o600 },
  )
}

/** Undefined where there is none yet. @throws InvalidFileError - it cannot be read */
export async function loadPersonal(file: string): Promise<PersonalState | undefined> {
  if (!existsSync(file)) return undefined
  try {
    return parse(openSafetensors(memorySource(await readFile(file)), file))
  } catch (cause) {
    const problem = `cannot be read as this site's own model (${(cause as Error).message}); move it away to begin anew`
    throw new InvalidFileError(file, [problem], { cause })
  }
}

function tensorsOf(personal: PersonalState): ReadonlyMap<string, WritableTensor> {
  const tensors = new Map<string, WritableTensor>(stateTensors(personal.state))
  if (personal.method !== 'fedselect') return tensors
  const { selection } = personal
  for (const [name, tensor] of selection.before) tensors.set(beforeName(name), tensor)
  for (const [name, data] of packed(selection)) tensors.set(maskName(name), { shape: [data.length], data })
  return tensors
}

const beforeName = (name: string): string => `before/${name.replace(/^adapter\//, '')}`

function parse(tensors: Safetensors): PersonalState {
  const { metadata, entries } = tensors
  if (metadata.get('format') !== PERSONAL_FORMAT) throw new Error(`its format is not ${PERSONAL_FORMAT}`)
  const plain = said.parse(JSON.parse(metadata.get('personal') ?? 'null'))
  const names = [...entries.keys()].filter((name) => !/^(classifier|before|mask)\//.test(name))
  const state: ModelState = {
    adapter: new Map(names.map((name) => [name, tensors.tensor(name)])),
    classifier: { weight: tensors.tensor('classifier/weight'), bias: tensors.tensor('classifier/bias') },
  }
  assertFinite({ tensors: state.adapter })
  if (plain.method !== 'fedselect') return { ...plain, state }
  return { ...plain, state, selection: selectionOf(tensors) }
}

function selectionOf(tensors: Safetensors): FedSelectState['selection'] {
  const names = [...tensors.entries.keys()].filter((name) => tensors.entries.has(maskName(name)))
  const mask = (name: string): readonly boolean[] => {
    const bits = tensors.bytes(maskName(name))
    return Array.from(tensors.tensor(name).data, (_, i) => isPersonal(bits, i))
  }
  return {
    masks: new Map(names.map((name) => [name, mask(name)])),
    before: new Map(names.map((name) => [name, tensors.tensor(beforeName(name))])),
  }
}
