import type { Identity } from '../../src/gossip/index.ts'
import { createRandom, expectedTensors, type Tensor, type TensorMap } from '../../src/merge/index.ts'
import { buildCharter } from '../../src/node/build-charter.ts'
import { mergeSpecOf, type Charter } from '../../src/node/charter.ts'
import { sampleCharter, sampleTensors } from '../unit/node/sample-contributions.ts'

/** What is further ahead of what a node has is held: near enough that runs get there. */
const GENERATION_LEAD = 3
export const CLASS_COUNTS = [9, 14, 7]

/** A charter, and made-up contributions under it. */
export interface SimCharter {
  readonly charter: (members: readonly Identity[]) => Charter
  readonly tensors: (charter: Charter, name: string) => TensorMap
  /** Different payloads; each is made once and used by all runs. */
  readonly payloads: number
}

/** Payloads of two kilobytes, one chunk: what a run can merge in a millisecond. */
export const SMALL: SimCharter = {
  charter: (members) => {
    const { limits } = sampleCharter(named(members))
    return sampleCharter(named(members), { limits: { ...limits, maxGenerationLead: GENERATION_LEAD } })
  },
  tensors: (charter, name) => sampleTensors(charter, 'adapter', CLASS_COUNTS, name),
  payloads: 12,
}

/** Payloads of two chunks, of several frames: what breaks off in the middle is resumed. */
export const LARGE: SimCharter = {
  charter: (members) =>
    buildCharter(
      {
        name: 'large',
        classes: ['crack', 'pore', 'scratch'],
        members: named(members),
        adapter: { kind: 'lora', rank: 4, alpha: 4, trains: 'AB', seed: 'large' },
        classifier: { rule: 'counts' },
      },
      {
        digest: '5e'.repeat(32),
        modelType: 'vit',
        hiddenSize: 10,
        modality: 'image',
        extent: 224,
        inputs: [],
        defaultTargets: ['query'],
        linears: [{ name: 'vit.encoder.layer.0.attention.attention.query', in: 65_536, out: 5_000 }],
      },
    ),
  tensors: (charter, name) => {
    const random = createRandom(name)
    const tensor = (shape: readonly number[]): Tensor => {
      const size = shape.reduce((product, n) => product * n, 1)
      return { shape, data: Float32Array.from({ length: size }, () => random.uniform() - 0.5) }
    }
    const expected = expectedTensors(mergeSpecOf(charter), 'adapter')
    return new Map([...expected].map(([tensorName, { shape }]) => [tensorName, tensor(shape)]))
  },
  payloads: 3,
}

function named(members: readonly Identity[]): { id: string; name: string }[] {
  return members.map(({ peer }, i) => ({ id: peer, name: `site ${i}` }))
}
