import { encode } from '@ipld/dag-cbor'
import { hexToBytes } from '@noble/hashes/utils.js'
import { KERNEL_VERSION } from '../constants.ts'
import { digestWriter } from './digest-writer.ts'
import { frozenDigest } from '../adapters/frozen-factors.ts'
import type { Classifier, MergeResult, MergeSpec, TensorMap } from '../types.ts'

/** Which contributions under which charter: charter, number of ids, ids ascending. */
export function cutDigest(charter: string, ids: readonly string[]): string {
  const writer = digestWriter('peermerge/cut/1').text(charter).integer(ids.length)
  for (const id of ids) writer.text(id)
  return writer.digest()
}

/** Which features: digest of the frozen factors, then the trained tensors. */
export function adapterDigest(spec: MergeSpec, adapter: TensorMap): string {
  const frozen = frozenDigest(spec.adapter, spec.modules)
  return digestWriter('peermerge/adapter/1').text(frozen).tensors(adapter).digest()
}

/** Which output layer: number and names of the classes, weight, bias. */
export function classifierDigest(classes: readonly string[], { weight, bias }: Classifier): string {
  const writer = digestWriter('peermerge/classifier/1').integer(classes.length)
  for (const name of classes) writer.text(name)
  return writer.tensor(weight).tensor(bias).digest()
}

/** Everything: kernel version, the spec (dag-cbor: rules and options), cut, generation, adapter, classifier. */
export function mergeDigest(
  spec: MergeSpec,
  generation: number,
  parts: Omit<MergeResult['digests'], 'merge'>,
): string {
  return digestWriter('peermerge/merge/1')
    .integer(KERNEL_VERSION)
    .bytes(encode(spec))
    .integer(generation)
    .bytes(hexToBytes(parts.cut))
    .bytes(hexToBytes(parts.adapter))
    .bytes(hexToBytes(parts.classifier))
    .digest()
}
