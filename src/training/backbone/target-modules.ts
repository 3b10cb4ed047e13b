import type { TargetModule } from '../../merge/index.ts'
import { NoSuchModuleError } from '../errors.ts'
import type { Backbone } from './backbone.ts'
import { modulePattern } from './module-pattern.ts'

/**
 * Linear layers whose name is, or ends in, one of the patterns, by whole parts of the name: `query` and `attention.output.dense`
 * match, `uery` does not. Layers are chosen by their number: `layer.5.attention.self.query`, `encoder.layer.{4,5}.*.query`,
 * `layer.{0..3}.*`. In the order of the backbone, each once.
 *
 * @throws NoSuchModuleError - a pattern matches nothing
 * @throws TargetPatternError - a pattern cannot be read
 */
export function resolveTargetModules(
  backbone: Pick<Backbone, 'linears'>,
  patterns: readonly string[],
): TargetModule[] {
  const missing = (pattern: string): NoSuchModuleError =>
    new NoSuchModuleError(pattern, kinds(backbone), countLayers(backbone))
  if (patterns.length === 0 || patterns.includes('')) throw missing('')
  const matchers = patterns.map(modulePattern)
  for (const [i, matches] of matchers.entries()) {
    if (!backbone.linears.some(({ name }) => matches(name))) throw missing(patterns[i]!)
  }
  return backbone.linears.filter(({ name }) => matchers.some((matches) => matches(name)))
}

/** Names after the number of the layer, each once: what a person would write as a pattern. */
function kinds(backbone: Pick<Backbone, 'linears'>): string[] {
  return [...new Set(backbone.linears.map(({ name }) => name.replace(/^.*\.\d+\./, '')))]
}

/** One more than the highest number of a layer, 0 where names have none. */
function countLayers(backbone: Pick<Backbone, 'linears'>): number {
  const numbers = backbone.linears.map(({ name }) => /\.(\d+)\./.exec(name)?.[1])
  return Math.max(0, ...numbers.map((number) => (number === undefined ? 0 : Number(number) + 1)))
}
