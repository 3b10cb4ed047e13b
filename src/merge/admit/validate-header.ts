import { expectedTensors, hasClassifierGram, partNames } from '../format/contribution-tensors.ts'
import { gramForm } from '../format/gram-tensors.ts'
import { tensorBytes } from '../format/tensor-layout.ts'
import { frozenDigest } from '../adapters/frozen-factors.ts'
import type { ContributionHeader, MergeSpec } from '../types.ts'
import { judge, reject, type HeaderValidation } from './validation.ts'

/** Allowed for each tensor's entry in the safetensors header, beside its name, and for the header itself. */
const ENTRY_BYTES = 160
const SLACK_BYTES = 4096

/**
 * Whether a decoded header is admissible under this spec; reads nothing but the two. Consortium, charter, membership and
 * signature are the node's to check.
 *
 * @param frozen - digest of the frozen factors; by default those of the adapter's seed
 *
 * Reasons: masked-statistics, unexpected-kind, wrong-frozen-factors, wrong-anchor, too-many-samples,
 * wrong-class-counts, below-floor, payload-size.
 */
export function validateHeader(
  spec: MergeSpec,
  header: ContributionHeader,
  frozen: string = frozenDigest(spec.adapter, spec.modules),
): HeaderValidation {
  return judge(() => {
    checkFrozen(header, frozen)
    checkKind(spec, header)
    checkCounts(spec, header)
    checkFloors(spec, header)
    checkPayloadSize(spec, header)
    return { ok: true }
  })
}

function checkFrozen(header: ContributionHeader, frozen: string): void {
  if (header.masked) reject('masked-statistics', 'masked statistics cannot be merged yet')
  if (header.frozen !== frozen) reject('wrong-frozen-factors', `frozen ${header.frozen}, expected ${frozen}`)
}

function checkKind({ classifier }: MergeSpec, header: ContributionHeader): void {
  if (header.kind === 'statistics' && classifier.rule !== 'analytic') {
    reject('unexpected-kind', `statistics, but the classifier is merged by ${classifier.rule}`)
  }
  const anchored =
    header.kind === 'statistics' && classifier.rule === 'analytic' && classifier.features === 'merged'
  if (anchored !== (header.anchor !== null)) {
    reject(
      'wrong-anchor',
      `anchor ${String(header.anchor)}, expected ${anchored ? 'an adapter digest' : 'null'}`,
    )
  }
}

function checkCounts({ classes, limits }: MergeSpec, { count, classCounts }: ContributionHeader): void {
  if (count > limits.maxCount) reject('too-many-samples', `${count} samples, at most ${limits.maxCount}`)
  if (classCounts.length !== classes.length) {
    reject('wrong-class-counts', `${classCounts.length} class counts, expected ${classes.length}`)
  }
  const sum = classCounts.reduce((total, n) => total + n, 0)
  if (sum !== count) reject('wrong-class-counts', `class counts add up to ${sum}, count is ${count}`)
}

/** Floors protect what statistics reveal: the Grams of an adapter and of the classifier's inputs, and a class's column of the cross product. */
function checkFloors(spec: MergeSpec, { kind, count, classCounts }: ContributionHeader): void {
  const { floors } = spec
  const carriesStatistics = kind === 'statistics' || gramForm(spec) !== undefined || hasClassifierGram(spec)
  if (carriesStatistics && count < floors.samples) {
    reject('below-floor', `${count} samples, statistics need at least ${floors.samples}`)
  }
  const small = kind === 'statistics' ? classCounts.findIndex((n) => n > 0 && n < floors.perClass) : -1
  if (small >= 0) {
    const floor = floors.perClass
    reject('below-floor', `${classCounts[small]} samples of class ${small}, statistics need ${floor} or none`)
  }
}

/** From one adapter head of every module to all of them. */
function checkPayloadSize(spec: MergeSpec, { kind, payload }: ContributionHeader): void {
  const fewest = new Set(spec.modules.map((module) => partNames(spec, module)[0]))
  const least = tensorBytes(expectedTensors(spec, kind, (part) => fewest.has(part)))
  const layouts = expectedTensors(spec, kind)
  const names = [...layouts.keys()].reduce((total, name) => total + 3 * name.length + ENTRY_BYTES, 0)
  const most = tensorBytes(layouts) + names + SLACK_BYTES
  if (payload.size < least || payload.size > most) {
    reject('payload-size', `payload of ${payload.size} bytes, expected ${least} to ${most}`)
  }
}
