import { adapterKind } from '../adapters/adapter-kinds.ts'
import { packedLength } from '../linear/packed-symmetric.ts'
import type { AdapterSpec, ContributionKind, MergeSpec, TargetModule } from '../types.ts'
import { gramForm, gramTensors } from './gram-tensors.ts'
import type { TensorLayout, TensorLayouts } from './tensor-layout.ts'
import { maskBytes, maskName } from './personal-mask.ts'
import { entryCount, float32Layout } from './tensor-layout.ts'

/** Wire names and shapes of the trained tensors of one module: `lora_A`, `lora_B` or `head.<h>`. */
export function trainedTensors(
  adapter: AdapterSpec,
  module: TargetModule,
): ReadonlyMap<string, readonly [rows: number, cols: number]> {
  const trained = adapterKind(adapter).trained(adapter, module)
  return new Map([...trained].map(([tensor, shape]) => [`adapter/${module.name}/${tensor}`, shape]))
}

/**
 * Wire names and shapes of the tensors of which a site can keep entries to itself: all trained ones, and the classifier's weight where rows are
 * merged by class counts. None but under `fedselect`.
 */
export function selectableTensors(
  spec: Pick<MergeSpec, 'adapter' | 'modules' | 'rule' | 'classifier' | 'classes' | 'features'>,
): ReadonlyMap<string, readonly [rows: number, cols: number]> {
  if (!hasMasks(spec)) return new Map()
  const trained = spec.modules.flatMap((module) => [...trainedTensors(spec.adapter, module)])
  const isByCounts = spec.classifier.rule === 'counts'
  return new Map([...trained, ...(isByCounts ? [[CLASSIFIER_WEIGHT, [spec.classes.length, spec.features]] as const] : [])]) // prettier-ignore
}

/**
 * Wire names of the tensors of one module that a contribution may leave out, in their order: adapter heads. None where a joint Gram
 * ties all heads together.
 */
export function partNames(
  spec: Pick<MergeSpec, 'adapter' | 'rule' | 'grams'>,
  { name }: TargetModule,
): readonly string[] {
  if (gramForm(spec)?.form === 'joint') return []
  return adapterKind(spec.adapter)
    .parts(spec.adapter)
    .map((part) => `adapter/${name}/${part}`)
}

/**
 * Exactly the tensors of a payload by wire name.
 *
 *   adapter      trained tensors, their masks under the rule `fedselect`; Grams of each module where the rule weighs by them;
 *                `classifier/weight`, `classifier/bias`, `classifier/gram` where the classifier is merged by it
 *   statistics   `classifier/gram`, `classifier/cross`
 *   grams        Grams of each module, of lora
 *
 * @param holds - which of the parts that may be left out are there; by default all. A projected Gram has a row for each that is.
 */
export function expectedTensors(
  spec: MergeSpec,
  kind: ContributionKind,
  holds: (part: string) => boolean = () => true,
): TensorLayouts {
  const classes = spec.classes.length
  const masked = [...selectableTensors(spec)]
  if (kind === 'statistics') {
    return new Map([
      ['classifier/gram', float32Layout([packedLength(spec.features + 1)])],
      ['classifier/cross', float32Layout([spec.features + 1, classes])],
    ])
  }
  if (kind === 'grams') return new Map(spec.modules.flatMap((module) => gramTensors(spec, module, 0)))
  return new Map([
    ...spec.modules.flatMap((module) => moduleTensors(spec, module, holds)),
    [CLASSIFIER_WEIGHT, float32Layout([classes, spec.features])],
    ['classifier/bias', float32Layout([classes])],
    ...masked.filter(([name]) => holds(name)).map(([name, shape]) => maskLayout(name, shape)),
    ...(hasClassifierGram(spec)
      ? [['classifier/gram', float32Layout([packedLength(spec.features + 1)])] as const]
      : []),
  ])
}

/** Whether adapter contributions carry the Gram of the classifier's inputs. */
export function hasClassifierGram({ classifier }: Pick<MergeSpec, 'classifier'>): boolean {
  return classifier.rule === 'regmean' || classifier.rule === 'affine'
}

/** Whether adapter contributions say of every entry whether it is personal. */
export function hasMasks({ rule }: Pick<MergeSpec, 'rule'>): boolean {
  return rule === 'fedselect'
}

function moduleTensors(
  spec: MergeSpec,
  module: TargetModule,
  holds: (part: string) => boolean,
): [string, TensorLayout][] {
  const parts = partNames(spec, module)
  const absent = new Set(parts.filter((name) => !holds(name)))
  const type = spec.wire?.factors ?? 'F32'
  const trained = [...trainedTensors(spec.adapter, module)].filter(([name]) => !absent.has(name))
  return [
    ...trained.map(([name, shape]): [string, TensorLayout] => [name, { shape, type }]),
    ...gramTensors(spec, module, parts.length - absent.size),
  ]
}

function maskLayout(tensor: string, shape: readonly number[]): [string, TensorLayout] {
  return [maskName(tensor), { shape: [maskBytes(entryCount(shape))], type: 'U8' }]
}

export const CLASSIFIER_WEIGHT = 'classifier/weight'
export const loraAName = (module: string): string => `adapter/${module}/lora_A`
export const loraBName = (module: string): string => `adapter/${module}/lora_B`
export const headName = (module: string, head: number): string => `adapter/${module}/head.${head}`
