import { expectedTensors, hasClassifierGram, partNames } from '../format/contribution-tensors.ts'
import { gramForm } from '../format/gram-tensors.ts'
import { tensorBytes } from '../format/tensor-layout.ts'
import { frozenDigest } from '../adapters/frozen-factors.ts'
import { specOfTask } from '../tasks/class-rows.ts'
import type { ContributionHeader, MergeSpec, RoundPhase } from '../types.ts'
import { judge, reject, type HeaderValidation } from './validation.ts'

/** Allowed for each tensor's entry in the safetensors header, beside its name, and for the header itself. */
const ENTRY_BYTES = 160
const SLACK_BYTES = 4096

/** What contributions of one round of the staged schedule must say, besides what `phaseSpec` asks of them. */
export interface RoundTerms {
  readonly round: number
  readonly task: string | null
  readonly phase: RoundPhase
  /** Digest of the factor that is not trained, as the round before left it. */
  readonly frozen: string
  /** Digest of what the round before left; null in the first. */
  readonly base: string | null
}

/**
 * Whether a decoded header is admissible under this spec; reads nothing but the two. Consortium, charter, membership and
 * signature are the node's to check.
 *
 * @param at - of a contribution to a round; the spec is then that of its phase. @default it belongs to none
 *
 * Reasons: unknown-task, masked-statistics, wrong-round, wrong-base, wrong-frozen-factors, unexpected-kind, wrong-anchor,
 * too-many-samples, wrong-class-counts, below-floor, payload-size.
 */
export function validateHeader(
  spec: MergeSpec,
  header: ContributionHeader,
  at?: RoundTerms,
): HeaderValidation {
  return judge(() => {
    const own = specOfTask(spec, header.task)
    if (own === undefined) return reject('unknown-task', `task ${String(header.task)} has not been opened`)
    if (header.masked) reject('masked-statistics', 'masked statistics cannot be merged yet')
    checkRound(own, header, at)
    checkKind(own, header, at)
    checkCounts(own, header)
    checkFloors(own, header)
    checkPayloadSize(own, header)
    return { ok: true }
  })
}

function checkRound(spec: MergeSpec, header: ContributionHeader, at: RoundTerms | undefined): void {
  const { round, phase, task, base } = at ?? { ...header, round: null, phase: null }
  if (header.round !== round || header.phase !== phase || header.task !== task) {
    const said = `round ${header.round}, phase ${header.phase}, task ${header.task}`
    reject('wrong-round', `${said}, expected round ${round}, phase ${phase}, task ${task}`)
  }
  if (header.base !== base) reject('wrong-base', `base ${header.base}, expected ${base}`)
  const frozen = at?.frozen ?? frozenDigest(spec.adapter, spec.modules)
  if (header.frozen !== frozen) reject('wrong-frozen-factors', `frozen ${header.frozen}, expected ${frozen}`)
}

function checkKind(
  { classifier, staged }: MergeSpec,
  header: ContributionHeader,
  at: RoundTerms | undefined,
): void {
  if (header.kind !== expectedKind(header, at, staged !== undefined)) {
    reject('unexpected-kind', `${header.kind}, which is not made in phase ${at?.phase ?? 'none'}`)
  }
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

/** Under rounds adapters and Grams belong to one, and statistics to none. */
function expectedKind({ kind }: ContributionHeader, at: RoundTerms | undefined, isStaged: boolean): string {
  if (at !== undefined) return at.phase === 'end' ? 'grams' : 'adapter'
  return kind === 'grams' || isStaged ? 'statistics' : kind
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
  const carriesStatistics = kind !== 'adapter' || gramForm(spec) !== undefined || hasClassifierGram(spec)
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
