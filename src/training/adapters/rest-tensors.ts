import type { AdapterSpec, TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import { moduleAdapter } from './adapter-kinds.ts'
import type { LoraForm } from './adapter.ts'
import { restAName, restBName } from './mixture.ts'

/** What a mixture is given of the others. */
export interface GivenRest {
  readonly restRank: number
  /** `rest/<module>/lora_A` (rank, in) and `rest/<module>/lora_B` (out, rank), with the adapter's scale in B. */
  readonly tensors: TensorMap
}

/** The rest of the world in whichever adapter it was summed up, as plain LoRA. @throws MalformedError, ShapeMismatchError */
export function restTensors(spec: AdapterSpec, modules: readonly TargetModule[], wire: TensorMap): GivenRest {
  const adapters = modules.map((module) => moduleAdapter(spec, module))
  const tensors = adapters.flatMap((adapter): [string, Tensor][] => {
    const { module } = adapter
    const { a, b } = adapter.toLora(wire)
    const scale = scaleOf(adapter.loraForm)
    return [
      [restAName(module.name), a],
      [restBName(module.name), { ...b, data: b.data.map((value) => scale * value) }],
    ]
  })
  return { restRank: adapters[0]?.loraForm.rank ?? 0, tensors: new Map(tensors) }
}

function scaleOf({ rank, alpha, scaling }: LoraForm): number {
  return alpha / (scaling === 'rslora' ? Math.sqrt(rank) : rank)
}
