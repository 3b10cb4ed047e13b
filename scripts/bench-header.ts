import { frozenDigest, type ContributionHeader, type ContributionKind, type MergeSpec, type PayloadRef } from '../src/merge/index.ts' // prettier-ignore

/** The charter of all benchmarks. */
export const CHARTER = '0'.repeat(64)

/** Header of the contribution of one of many alike peers, the samples spread evenly over the classes. */
export function benchHeader(
  spec: MergeSpec,
  peer: number,
  kind: ContributionKind,
  count: number,
  payload: PayloadRef,
): ContributionHeader {
  const classes = spec.classes.length
  return {
    v: 1,
    consortium: 'bench',
    charter: CHARTER,
    peer: `peer-${peer}`,
    sequence: kind === 'adapter' ? 1 : 2,
    generation: 1,
    task: null,
    round: null,
    phase: null,
    kind,
    base: null,
    anchor: null,
    frozen: frozenDigest(spec.adapter, spec.modules),
    count,
    classCounts: new Array<number>(classes).fill(count / classes),
    payload,
    noise: 0,
    masked: false,
    kernel: 1,
  }
}
