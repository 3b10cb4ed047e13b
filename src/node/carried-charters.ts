import { isDeepStrictEqual } from 'node:util'
import type { LedgerState } from '../gossip/index.ts'
import { gramForm, type MergeSpec } from '../merge/index.ts'
import { mergeSpecOf, parseCharterBytes, type Charter } from './charter.ts'
import { specUnder } from './spec-under.ts'

export interface CarriedCharter {
  readonly charter: Charter
  readonly spec: MergeSpec
}

/** The charter in force: the founding one, or what amendments have made of it. @throws InvalidFileError */
export function charterInForce({ charter, charterBytes }: LedgerState, founding: Charter): Charter {
  const bytes = charterBytes.get(charter)
  return bytes === undefined ? founding : parseCharterBytes(bytes, 'the charter in force')
}

/**
 * Earlier charters whose contributions are merged under the one in force, by digest: those that the amendments carried over and under
 * which contributions have the same shapes. A function of the ledger alone, so that all members merge the same.
 *
 * @param under - the charter that a site goes by which cannot go by the one in force; later ones are not carried back to it
 */
export function carriedCharters(
  state: LedgerState,
  founding: Charter,
  under = state.charter,
): ReadonlyMap<string, CarriedCharter> {
  const shapes = shapesOf(mergeSpecOf(charterInForce({ ...state, charter: under }, founding)))
  const carried = new Map<string, CarriedCharter>()
  for (const digest of state.charters.slice(0, Math.max(0, state.charters.indexOf(under)))) {
    const charter = charterInForce({ ...state, charter: digest }, founding)
    if (!isDeepStrictEqual(shapesOf(mergeSpecOf(charter)), shapes)) continue
    carried.set(digest, { charter, spec: specUnder(charter, state) })
  }
  return carried
}

/** All of a spec that the tensors of a contribution, and how they were measured, depend on. */
function shapesOf(spec: MergeSpec): unknown {
  const { kernel, adapter, modules, wire, classes, features, classifier } = spec
  return { kernel, adapter, modules, wire, classes, features, classifier, grams: gramForm(spec) }
}
