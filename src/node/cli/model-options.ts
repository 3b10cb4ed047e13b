import { Option, type Command } from 'commander'
import type { AdapterSpec, ClassifierRule, MergeRule } from '../../merge/index.ts'
import type { CharterOptions } from '../build-charter.ts'
import { list, positiveInteger, positiveNumber } from './options.ts'

export interface ModelFlags {
  readonly adapter: 'ravan' | 'lora' | 'lora-ab'
  readonly rule?: MergeRule
  readonly rank: number
  readonly heads: number
  readonly alpha?: number
  readonly classifier: 'counts' | 'analytic' | 'analytic-frozen'
  readonly targets: readonly string[]
  readonly contributions: number
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly imageSize?: number
  readonly maxTokens?: number
}

export interface ModelDefaults {
  readonly learningRate: number
  readonly epochs: number
}

/** λ of the analytic classifier in units of tr/d. */
const CLASSIFIER_RIDGE = 1e-2

/** Options that become the charter: what is trained, how it is merged. */
export function addModelOptions(command: Command, defaults: ModelDefaults): Command {
  return command
    .addOption(
      new Option(
        '--adapter <kind>',
        'ravan (multi-head), lora (A frozen, B trained), lora-ab (both trained; merged by mean only)',
      )
        .choices(['ravan', 'lora', 'lora-ab'])
        .default('ravan'),
    )
    .addOption(
      new Option(
        '--rule <rule>',
        'merge of the adapter (default: the exact one: ravan, lorm for lora, mean for lora-ab)',
      ).choices(['mean', 'lorm', 'ravan']),
    )
    .option(
      '--image-size <pixels>',
      'side of the square image (default: the backbone’s own)',
      positiveInteger,
    )
    .option('--max-tokens <n>', 'longer texts are cut (default: 128, or the backbone’s own)', positiveInteger)
    .option('--rank <n>', 'rank of the adapter, or of each of its heads', positiveInteger, 8)
    .option('--heads <n>', 'adapter heads of ravan', positiveInteger, 4)
    .option('--alpha <x>', 'scale of the adapter (default: the rank for lora, 2 for ravan)', positiveNumber)
    .option('--targets <list>', 'linear layers that carry the adapter, by the ends of their names', list, [
      'query',
      'value',
    ])
    .addOption(
      new Option(
        '--classifier <rule>',
        'counts: rows by class counts; analytic: ridge fit of all sites’ rows on merged or frozen features',
      )
        .choices(['counts', 'analytic', 'analytic-frozen'])
        .default('analytic'),
    )
    .option('--contributions <n>', 'adapter contributions of each site', positiveInteger, 3)
    .option('--epochs <n>', 'local epochs behind each contribution', positiveInteger, defaults.epochs)
    .option('--batch-size <n>', 'samples a step', positiveInteger, 32)
    .option('--learning-rate <x>', 'of AdamW', positiveNumber, defaults.learningRate)
}

/** The charter's options as said on the command line. `seed` names the frozen factors. */
export function charterModel(
  flags: ModelFlags,
  seed: string,
): Omit<CharterOptions, 'name' | 'classes' | 'members'> {
  return {
    ...(flags.imageSize !== undefined && { imageSize: flags.imageSize }),
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
    adapter: adapterOf(flags, seed),
    ...(flags.rule !== undefined && { rule: flags.rule }),
    targets: flags.targets,
    classifier: classifierOf(flags.classifier),
    contributionsPerTask: flags.contributions,
    training: { epochs: flags.epochs, batchSize: flags.batchSize, learningRate: flags.learningRate },
  }
}

function adapterOf({ adapter, rank, heads, alpha }: ModelFlags, seed: string): AdapterSpec {
  if (adapter === 'ravan') return { kind: 'ravan', heads, rank, alpha: alpha ?? 2, seed }
  return { kind: 'lora', rank, alpha: alpha ?? rank, trains: adapter === 'lora' ? 'B' : 'AB', seed }
}

function classifierOf(name: ModelFlags['classifier']): ClassifierRule {
  if (name === 'counts') return { rule: 'counts' }
  return { rule: 'analytic', features: name === 'analytic' ? 'merged' : 'frozen', ridge: CLASSIFIER_RIDGE }
}
