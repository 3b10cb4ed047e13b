import { growMask, packMask, trainedTensors } from '../../merge/index.ts'
import type { MaskGrowth, MergeSpec, Tensor, TensorMap } from '../../merge/index.ts'
import type { ModelState } from '../../training/index.ts'

/** What one site of FedSelect keeps to itself. */
export interface Selection {
  /** Of every trained tensor, by wire name: which of its entries are personal. */
  readonly masks: ReadonlyMap<string, readonly boolean[]>
  /** The trained tensors as they were when masks last grew. */
  readonly before: TensorMap
}

/** At first every entry is shared. */
export function nothingSelected(
  { adapter, modules }: Pick<MergeSpec, 'adapter' | 'modules'>,
  start: TensorMap,
): Selection {
  const names = modules.flatMap((module) => [...trainedTensors(adapter, module).keys()])
  const before = new Map(names.map((name) => [name, start.get(name)!]))
  const masks = names.map((name) => {
    return [name, new Array<boolean>(before.get(name)!.data.length).fill(false)] as const
  })
  return { masks: new Map(masks), before }
}

/** Where a site goes on from: with its own personal entries as it trained them; all others, and the classifier, as the merge has them. */
export function goOnFrom(
  trained: ModelState,
  merged: Pick<ModelState, 'adapter' | 'classifier'>,
  { masks }: Pick<Selection, 'masks'>,
): ModelState {
  const taken = [...masks].map(([name, mask]): [string, Tensor] => {
    const { shape, data } = trained.adapter.get(name)!
    const mean = merged.adapter.get(name)!
    return [name, { shape, data: data.map((value, i) => (mask[i] === true ? value : mean.data[i]!)) }]
  })
  return { adapter: new Map([...trained.adapter, ...taken]), classifier: merged.classifier }
}

/** Whether masks grow after so many trainings, the first one never: every `every` of them. */
export function isGrowing(trainings: number, every: number): boolean {
  return trainings > 1 && (trainings - 1) % every === 0
}

/** What has moved most since masks last grew becomes personal. */
export function grown({ masks, before }: Selection, { adapter }: ModelState, growth: MaskGrowth): Selection {
  const after = new Map([...masks.keys()].map((name) => [name, adapter.get(name)!]))
  const larger = [...masks].map(([name, mask]) => {
    return [name, growMask(after.get(name)!.data, before.get(name)!.data, mask, growth)] as const
  })
  return { masks: new Map(larger), before: after }
}

/** One bit an entry. */
export function packed({ masks }: Pick<Selection, 'masks'>): ReadonlyMap<string, Uint8Array> {
  return new Map([...masks].map(([name, mask]) => [name, packMask(mask)]))
}
