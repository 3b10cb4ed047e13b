import type { TensorMap } from '../../merge/index.ts'
import { withWeightFile } from './weight-file.ts'

/**
 * Reads the parameters of these names and shapes; one that is missing is looked for under its older name.
 *
 * @throws BackboneError
 */
export function readParameters(
  dir: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  olderName: (name: string) => string = (name) => name,
): TensorMap {
  return withWeightFile(dir, (file) => {
    const names = new Set(file.names)
    const nameOf = (name: string): string =>
      !names.has(name) && names.has(olderName(name)) ? olderName(name) : name
    return new Map([...shapes].map(([name, shape]) => [name, file.read(nameOf(name), shape)]))
  })
}

/** The prefix where a name of the weights starts with it, else ''. @throws BackboneError */
export function findPrefix<P extends string>(dir: string, prefix: P): P | '' {
  return withWeightFile(dir, ({ names }) => (names.some((name) => name.startsWith(prefix)) ? prefix : ''))
}
