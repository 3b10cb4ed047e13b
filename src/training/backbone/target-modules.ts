import type { TargetModule } from '../../merge/index.ts'
import { NoSuchModuleError } from '../errors.ts'
import type { Backbone } from './backbone.ts'

/**
 * Linear layers whose name is, or ends in, one of the patterns, by whole parts of the name: `query` and `attention.output.dense`
 * match, `uery` does not. In the order of the backbone, each once.
 *
 * @throws NoSuchModuleError - a pattern matches nothing
 */
export function resolveTargetModules(
  backbone: Pick<Backbone, 'linears'>,
  patterns: readonly string[],
): TargetModule[] {
  const matches = (name: string, pattern: string): boolean => name === pattern || name.endsWith(`.${pattern}`)
  for (const pattern of patterns) {
    if (!backbone.linears.some(({ name }) => matches(name, pattern))) {
      throw new NoSuchModuleError(pattern, kinds(backbone))
    }
  }
  if (patterns.length === 0) throw new NoSuchModuleError('', kinds(backbone))
  return backbone.linears.filter(({ name }) => patterns.some((pattern) => matches(name, pattern)))
}

/** Names after the number of the layer, each once: what a person would write as a pattern. */
function kinds(backbone: Pick<Backbone, 'linears'>): string[] {
  return [...new Set(backbone.linears.map(({ name }) => name.replace(/^.*\.\d+\./, '')))]
}
