import type { ContributionView, MergeSpec } from '../../../src/merge/types.ts'
import { sha256Hex } from '../../../src/merge/format/sha256.ts'
import { admitted, LORA, makeSpec, RAVAN, TASK, withTask } from './fixtures.ts'

const EXACT = { sums: 'exact', decay: 1 } as const
const WIDE = [
  { name: 'layer.0.query', in: 20, out: 5 },
  { name: 'layer.0.value', in: 6, out: 18 },
]

/** Most of the contributions below have more samples than that. */
const capped = (normalise: boolean) => ({ normalise, countCap: { atMost: 20 } })

/** One specification per adapter, rule, form of Grams and classifier that go with exact sums. */
export function exactSpecs(): readonly (readonly [string, MergeSpec])[] {
  return specs().map(([name, spec]) => [name, withTask(spec)])
}

function specs(): readonly (readonly [string, MergeSpec])[] {
  const analytic = { rule: 'analytic', features: 'merged', ridge: 1e-2 } as const
  const onA = { ...EXACT, adapter: { ...LORA, trains: 'A' }, modules: WIDE, ridge: 1e-5 } as const
  return [
    ['mean of B', makeSpec({ ...EXACT, rule: 'mean' })],
    ['mean of A and B', makeSpec({ ...EXACT, rule: 'mean', adapter: { ...LORA, trains: 'AB' } })],
    ['mean of heads', makeSpec({ ...EXACT, rule: 'mean', adapter: RAVAN })],
    ['lorm', makeSpec(EXACT)],
    ['lorm on A, full Grams', makeSpec({ ...onA, grams: { form: 'full', shrink: 0.9 } })],
    ['lorm on A, diagonal Grams', makeSpec({ ...onA, grams: { form: 'diagonal' } })],
    ['lorm, half precision', makeSpec({ ...EXACT, ridge: 4e-3, wire: { factors: 'F16', grams: 'BF16' } })],
    ['ravan, analytic classifier', makeSpec({ ...EXACT, rule: 'ravan', adapter: RAVAN, classifier: analytic })], // prettier-ignore
    ['ravan, joint Grams', makeSpec({ ...EXACT, rule: 'ravan', adapter: RAVAN, grams: { form: 'joint' } })],
    ['mean of B, capped', makeSpec({ ...EXACT, rule: 'mean', robust: capped(false) })],
    ['lorm, normalised and capped', makeSpec({ ...EXACT, robust: capped(true) })],
    ['ravan, analytic classifier, capped', makeSpec({ ...EXACT, rule: 'ravan', adapter: RAVAN, classifier: analytic, robust: capped(false) })], // prettier-ignore
  ]
}

/** Contributions of three peers: states that supersede others, two tasks, one sequence number twice, two anchors, a lone head. */
export function contributionPool(spec: MergeSpec): readonly ContributionView[] {
  const at = (peer: string, sequence: number, task: string | null = null, generation = sequence) =>
    admitted({ spec, peer, seed: `${peer} ${sequence} ${task} ${generation}`, header: { sequence, generation, task } }) // prettier-ignore
  const pool = [
    ...['peer-a', 'peer-b', 'peer-c'].flatMap((peer) => [at(peer, 1), at(peer, 2)]),
    at('peer-a', 3, TASK),
    at('peer-b', 3),
    at('peer-b', 3, null, 4), // equivocates with the one before
  ]
  if (spec.rule === 'mean' && spec.adapter.kind === 'ravan') pool.push(loneHead(spec))
  if (spec.classifier.rule !== 'analytic') return pool
  const other = sha256Hex(new TextEncoder().encode('another anchor'))
  const statistics = ['peer-a', 'peer-b', 'peer-c'].flatMap((peer) => [
    admitted({ spec, peer, seed: `${peer} s`, header: { sequence: 5, kind: 'statistics' } }),
    admitted({ spec, peer, seed: `${peer} t`, header: { sequence: 6, kind: 'statistics', anchor: other } }),
  ])
  return [...pool, ...statistics]
}

function loneHead(spec: MergeSpec): ContributionView {
  const tensors = Object.fromEntries(spec.modules.map(({ name }) => [`adapter/${name}/head.0`, undefined]))
  return admitted({ spec, peer: 'peer-c', seed: 'lone', header: { sequence: 4 }, tensors })
}
