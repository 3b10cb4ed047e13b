// A contribution of 50 MB for tests of what large ones do to the thread of the network.
import { expectedTensors, type Tensor } from '../../../src/merge/index.ts'
import type { ContributionDraft } from '../../../src/node/assemble-contribution.ts'
import { buildCharter } from '../../../src/node/build-charter.ts'
import { mergeSpecOf, type Charter } from '../../../src/node/charter.ts'

const WIDTH = 4096
const MODULES = 24
const RANK = 64

/** LoRA factors of 50 MB: hashing them alone takes more than a second. */
export function largeCharter(peer: string): Charter {
  const linears = Array.from({ length: MODULES }, (_, i) => ({
    name: `vit.encoder.layer.${i}.attention.attention.query`,
    in: WIDTH,
    out: WIDTH,
  }))
  return buildCharter(
    {
      name: 'large',
      classes: ['crack', 'pore'],
      members: [{ id: peer, name: 'foundry' }],
      imageSize: 48,
      targets: ['query'],
      adapter: { kind: 'lora', rank: RANK, alpha: 1, trains: 'AB', seed: 'large' } as never,
      rule: 'mean',
      robust: null,
      classifier: { rule: 'counts' },
    },
    {
      digest: '5e'.repeat(32),
      modelType: 'vit',
      hiddenSize: WIDTH,
      modality: 'image',
      extent: 224,
      inputs: [],
      defaultTargets: ['query'],
      linears,
    },
  )
}

export function largeDraft(charter: Charter): ContributionDraft {
  const tensors = new Map<string, Tensor>()
  for (const [name, { shape }] of expectedTensors(mergeSpecOf(charter), 'adapter')) {
    const size = shape.reduce((product, n) => product * n, 1)
    tensors.set(name, { shape, data: new Float32Array(size).fill(0.01) })
  }
  const said = { kind: 'adapter' as const, generation: 1, task: null, base: null, anchor: null }
  return { ...said, count: 40, classCounts: [20, 20], tensors }
}
