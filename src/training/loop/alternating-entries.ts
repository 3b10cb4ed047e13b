import { isPersonal } from '../../merge/index.ts'
import { PeermergeError } from '../../errors.ts'
import type { ModuleAdapter, ParameterRange } from '../adapters/adapter.ts'
import type { Values } from './checkpoint.ts'

/** What one pass over the samples moves: 1 for every entry of every parameter that it does. */
export type MovingEntries = ReadonlyMap<string, Uint8Array>

/**
 * The two passes of an epoch in which personal and shared entries take turns: first the personal entries alone, then all others, the
 * classifier among them. A pass that would move nothing is left out.
 *
 * @param masks - by the wire name of a trained tensor, one bit an entry as `packMask` has them; tensors without one are shared
 * @throws PeermergeError ERR_TRAIN_OPTIONS - a mask of something that is not trained, or of another length
 * @see FedSelect, Tamirisa et al., CVPR 2024: LocalAlt
 */
export function alternatingEntries(
  adapters: readonly ModuleAdapter[],
  values: Values,
  masks: ReadonlyMap<string, Uint8Array>,
): readonly MovingEntries[] {
  const personal = new Map([...values].map(([name, { length }]) => [name, new Uint8Array(length)]))
  for (const [name, mask] of masks) mark(personal, rangeOf(adapters, values, name), name, mask)
  const still = fixedBeside(adapters)
  const shared = new Map(
    [...personal].map(([name, moves]) => [name, still.has(name) ? moves : moves.map((bit) => 1 - bit)]),
  )
  return [personal, shared].filter((moving) => [...moving.values()].some((moves) => moves.includes(1)))
}

function mark(
  personal: ReadonlyMap<string, Uint8Array>,
  { parameter, from, to }: ParameterRange,
  name: string,
  mask: Uint8Array,
): void {
  const expected = Math.ceil((to - from) / 8)
  if (mask.length !== expected)
    refuse(name, `expected ${expected} bytes for ${to - from} entries, got ${mask.length}`)
  const moves = personal.get(parameter)!
  for (let i = 0; i < to - from; i++) if (isPersonal(mask, i)) moves[from + i] = 1
}

/** Where the entries of a tensor that travels are among the parameters: itself, or of a part what it is weighed by. */
function rangeOf(adapters: readonly ModuleAdapter[], values: Values, name: string): ParameterRange {
  const part = adapters.flatMap(({ parts }) => parts).find((one) => one.name === name)
  if (part !== undefined) return part.weighed
  const whole = values.get(name)
  if (whole === undefined) refuse(name, 'is no tensor that this adapter trains')
  return { parameter: name, from: 0, to: whole.length }
}

/** What stands beside the entries of a part, as the scale of a head: it would move all of them at once. */
function fixedBeside(adapters: readonly ModuleAdapter[]): ReadonlySet<string> {
  const ranges = adapters.flatMap(({ parts }) => parts.flatMap(({ trains, weighed }) => trains.filter((one) => one !== weighed))) // prettier-ignore
  return new Set(ranges.map(({ parameter }) => parameter))
}

function refuse(name: string, problem: string): never {
  const text = `training option personal, mask of ${name}: ${problem}`
  throw new PeermergeError('ERR_TRAIN_OPTIONS', text, { option: 'personal', tensor: name })
}

/** The entries of these values that a pass does not move, as they are now. */
export function keepStill(values: Values, moving: MovingEntries): () => void {
  const before = new Map([...values].map(([name, data]) => [name, data.slice()]))
  return () => {
    for (const [name, data] of values) {
      const [moves, was] = [moving.get(name)!, before.get(name)!]
      for (let i = 0; i < data.length; i++) if (moves[i] === 0) data[i] = was[i]!
    }
  }
}

/** Slopes of what a pass does not move are 0, in place: they neither lengthen a step nor enter its moments. */
export function onlyMoving(slopes: Values, moving: MovingEntries): void {
  for (const [name, data] of slopes) {
    const moves = moving.get(name)!
    for (let i = 0; i < data.length; i++) if (moves[i] === 0) data[i] = 0
  }
}
