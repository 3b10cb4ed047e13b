import { CLASSIFIER_WEIGHT, growMask, packMask, selectableTensors } from '../../merge/index.ts'
import type { MaskGrowth, Tensor, TensorMap } from '../../merge/index.ts'
import type { ModelState } from '../../training/index.ts'

/** What one site of FedSelect keeps to itself. */
export interface Selection {
  /** Of every tensor that can be personal in part, by wire name: which of its entries are. */
  readonly masks: ReadonlyMap<string, readonly boolean[]>
  /** These tensors as they were when masks last grew. */
  readonly before: TensorMap
}

/** At first every entry is shared. */
export function nothingSelected(spec: Parameters<typeof selectableTensors>[0], start: ModelState): Selection {
  const names = [...selectableTensors(spec).keys()]
  const masks = names.map((name) => {
    return [name, new Array<boolean>(tensorOf(start, name).data.length).fill(false)] as const
  })
  return { masks: new Map(masks), before: tensorsOf(start, names) }
}

/** Where a site goes on from: with its own personal entries as it trained them; all others as the merge has them. */
export function goOnFrom(
  trained: ModelState,
  merged: Pick<ModelState, 'adapter' | 'classifier'>,
  { masks }: Pick<Selection, 'masks'>,
): ModelState {
  const taken = [...masks].map(([name, mask]): [string, Tensor] => {
    const { shape, data } = tensorOf(trained, name)
    const mean = tensorOf(merged, name)
    return [name, { shape, data: data.map((value, i) => (mask[i] === true ? value : mean.data[i]!)) }]
  })
  const all = new Map(taken)
  const weight = all.get(CLASSIFIER_WEIGHT) ?? merged.classifier.weight
  all.delete(CLASSIFIER_WEIGHT)
  return {
    adapter: new Map([...trained.adapter, ...all]),
    classifier: { weight, bias: merged.classifier.bias },
  }
}

/** Whether masks grow after so many trainings, the first one never: every `every` of them. */
export function isGrowing(trainings: number, every: number): boolean {
  return trainings > 1 && (trainings - 1) % every === 0
}

/**
 * What has moved most since masks last grew becomes personal.
 *
 * @param moved - tensors that were trained last; of others, as of heads that a site left out, nothing becomes personal. @default all
 */
export function grown(
  { masks, before }: Selection,
  trained: ModelState,
  growth: MaskGrowth,
  moved: Pick<ReadonlySet<string>, 'has'> = masks,
): Selection {
  const after = tensorsOf(trained, [...masks.keys()])
  const larger = [...masks].map(([name, mask]) => {
    if (!moved.has(name)) return [name, mask] as const
    return [name, growMask(after.get(name)!.data, before.get(name)!.data, mask, growth)] as const
  })
  return { masks: new Map(larger), before: after }
}

/** One bit an entry. */
export function packed({ masks }: Pick<Selection, 'masks'>): ReadonlyMap<string, Uint8Array> {
  return new Map([...masks].map(([name, mask]) => [name, packMask(mask)]))
}

function tensorsOf(state: ModelState, names: readonly string[]): TensorMap {
  return new Map(names.map((name) => [name, tensorOf(state, name)]))
}

function tensorOf({ adapter, classifier }: ModelState, name: string): Tensor {
  return name === CLASSIFIER_WEIGHT ? classifier.weight : adapter.get(name)!
}
