import { readFile } from 'node:fs/promises'
import { checkValue, parseJson } from '../parse-json.ts'
import type { PresetName } from './preset-settings.ts'
import { presetSpec } from './presets.ts'
import { specSchema, type ExperimentSpec } from './spec-schema.ts'

/** What the command line says in place of the file or the preset. */
export interface SpecChanges {
  readonly methods?: readonly string[] | undefined
  readonly seeds?: number | undefined
  readonly splits?: ExperimentSpec['splits'] | undefined
  readonly reference?: string | undefined
}

/** @throws InvalidFileError - a field that cannot be used, named with what was expected */
export async function loadSpec(file: string, changes: SpecChanges): Promise<ExperimentSpec> {
  return changed(parseJson(specSchema, await readFile(file, 'utf8'), file), changes, file)
}

/** @throws PeermergeError ERR_PRESET, InvalidFileError */
export function loadPreset(
  name: PresetName,
  { data, backbone }: { data?: string | undefined; backbone?: string | undefined },
  changes: SpecChanges,
): ExperimentSpec {
  return changed(presetSpec(name, data, backbone), changes, `preset ${name}`)
}

function changed(spec: ExperimentSpec, changes: SpecChanges, where: string): ExperimentSpec {
  const said = Object.entries(changes).filter(([, value]) => value !== undefined)
  return checkValue(specSchema, { ...spec, ...Object.fromEntries(said) }, where)
}
