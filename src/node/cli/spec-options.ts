import { InvalidArgumentError, Option, type Command } from 'commander'
import { MERGE_RULES, type MergeRule } from '../../merge/index.ts'
import { limitsOf, limitsOption, type Limits } from './limits-option.ts'
import type { SpecChange } from '../what-if-spec.ts'

export interface SpecFlags {
  readonly rule?: MergeRule
  readonly shrink?: number
  readonly decay?: number
  readonly ridge?: number
  readonly limits?: Limits
}

/** Options that merge otherwise than the charter says. */
export function addSpecOptions(command: Command): Command {
  return command
    .addOption(new Option('--rule <rule>', 'merge by another rule than the charter’s').choices(MERGE_RULES))
    .option('--shrink <x>', 'of full Grams: factor of their off-diagonals, 0 to 1', share)
    .option('--decay <x>', 'weight of a contribution for each generation of age, above 0 to 1', share)
    .option('--ridge <x>', 'added to each Gram, relative to its mean diagonal, 0 to 1', share)
    .addOption(limitsOption('what single contributions can do, as for create: caps, none, krum:F, …'))
}

export function specChange({ rule, shrink, decay, ridge, limits }: SpecFlags): SpecChange {
  return { rule, shrink, decay, ridge, robust: limitsOf(limits) }
}

function share(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !(number >= 0 && number <= 1)) throw new InvalidArgumentError('expected a number from 0 to 1') // prettier-ignore
  return number
}
