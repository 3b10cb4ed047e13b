import assert from 'node:assert/strict'
import { PeermergeError } from '../../../src/errors.ts'
import { generateIdentity, type Identity } from '../../../src/gossip/index.ts'
import { memorySource, mergeContributions, validatePayload, writeSafetensors, type ContributionView, type MergeResult, type Random } from '../../../src/merge/index.ts' // prettier-ignore
import { charterDigest, formatCharter, mergeSpecOf, parseCharter } from '../../../src/node/charter.ts'
import { openContributionBytes } from '../../../src/node/contribution-file.ts'
import { inspectContribution } from '../../../src/node/inspect/inspect-contribution.ts'
import { inspectJson } from '../../../src/node/inspect/inspect-json.ts'
import { inspectSafetensors } from '../../../src/node/inspect/inspect-safetensors.ts'
import { isSound } from '../../../src/node/inspect/inspection.ts'
import { judgeChunks } from '../../../src/node/judge-chunks.ts'
import { judgeHeaderByCharter } from '../../../src/node/judge.ts'
import { rulesOf } from '../../../src/node/consortium-rules.ts'
import { formatClaim, parseClaim } from '../../../src/node/merge-claim.ts'
import { renderInspection } from '../../../src/node/cli/render-inspection.ts'
import { summarise } from '../../../src/node/merge-loop.ts'
import { stateTensors } from '../../../src/node/merge-files.ts'
import { LAYERS, mutateContribution } from './mutate-contribution.ts'
import { mutateJson } from './mutate-json.ts'
import { mutateBytes, pick } from './mutations.ts'
import { runCases, type FuzzOptions, type FuzzReport } from './run-cases.ts'
import { subjects, type Subject } from './subjects.ts'

type Settings = Pick<FuzzOptions, 'cases' | 'seed' | 'only'>

const MEMBERS = 8

async function members(): Promise<readonly Identity[]> {
  return Promise.all(Array.from({ length: MEMBERS }, () => generateIdentity()))
}

/**
 * Files with something wrong at any layer. Each is refused for a reason with a name, or admitted; what is admitted merges with honest ones, and from
 * time to time with all that was admitted lately, into finite tensors.
 */
export async function fuzzContributions(settings: Settings): Promise<FuzzReport> {
  const people = await members()
  const all = subjects(people)
  const lately = new Map<string, Map<string, ContributionView>>(all.map(({ name }) => [name, new Map()]))
  return runCases({ ...settings, target: 'contributions' }, async (random, index) => {
    const subject = all[index % all.length]!
    const layer = LAYERS[Math.floor(index / all.length) % LAYERS.length]!
    const author = people[2 + random.below(MEMBERS - 2)]!
    const bytes = await mutateContribution(random, subject, layer, author)
    const judged = await judge(subject, bytes)
    if (index % 5 === 0) await inspected(bytes, subject, typeof judged === 'string' ? judged : 'accept')
    if (typeof judged === 'string') return judged
    assertFinite(mergeContributions(subject.spec, { charter: subject.digest }, [...subject.honest, judged]))
    const kept = lately.get(subject.name)!.set(`${author.peer} ${judged.header.kind}`, judged)
    if (random.below(8) === 0) assertFinite(mergeContributions(subject.spec, { charter: subject.digest }, [...subject.honest, ...kept.values()])) // prettier-ignore
    return 'accept'
  })
}

/** The view of an admitted contribution, or the reason of a refusal. */
async function judge(
  { charter, digest, spec }: Subject,
  bytes: Uint8Array,
): Promise<ContributionView | string> {
  try {
    const { header, payload } = await openContributionBytes('fuzz', bytes, digest)
    const judged = judgeHeaderByCharter({ charter, charterDigest: digest, spec }, header)
    const checked = judged.ok ? validatePayload(spec, header, memorySource(payload)) : judged
    if (!checked.ok) return checked.reason
    const chunks = judgeChunks(header, payload)
    return chunks.ok ? checked.view : chunks.reason
  } catch (error) {
    return reasonOf(error)
  }
}

/** Of an error with a name that carries a reason; any other is a defect and is thrown on. */
function reasonOf(error: unknown): string {
  if (!(error instanceof PeermergeError)) throw error
  assert.match(error.code, /^ERR_(?:MALFORMED|REFUSED|INVALID_FILE)$/)
  const { reason } = error.detail
  if (error.code === 'ERR_INVALID_FILE') return error.code
  assert.equal(typeof reason, 'string', `${error.message} has a reason`)
  return reason as string
}

/** `inspect` can be asked about any file, and never calls sound what the judge refuses. */
async function inspected(bytes: Uint8Array, { charter }: Subject, verdict: string): Promise<void> {
  try {
    const found = await inspectContribution('fuzz', bytes, charter)
    assert.ok(renderInspection(found).length > 0)
    JSON.stringify(found)
    assert.equal(isSound(found), verdict === 'accept', verdict)
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    assert.notEqual(verdict, 'accept')
    reasonOf(error)
  }
}

function assertFinite(result: MergeResult): void {
  for (const [name, { data }] of stateTensors(result)) {
    const at = data.findIndex((value) => !Number.isFinite(value))
    assert.ok(at < 0, `${name}, entry ${at} is ${String(data[at])}`)
  }
}

/** Charters that are read can be written, read again and merged by; others are named. */
export async function fuzzCharters(settings: Settings): Promise<FuzzReport> {
  const all = subjects(await members())
  return runCases({ ...settings, target: 'charters' }, (random) => {
    const subject = pick(random, all)
    const text = mutateJson(random, pick(random, [JSON.stringify(subject.charter), formatCharter(subject.charter)])) // prettier-ignore
    return named(() => {
      inspectJson('fuzz', text)
      const charter = parseCharter(text, 'fuzz')
      assert.equal(charterDigest(parseCharter(formatCharter(charter), 'again')), charterDigest(charter), 'written and read again') // prettier-ignore
      const small = charter.modules.every((module) => module.in * module.out < 1e6)
      if (small)
        assertFinite(mergeContributions(mergeSpecOf(charter), { charter: charterDigest(charter) }, []))
      return 'accept'
    })
  })
}

export async function fuzzClaims(settings: Settings): Promise<FuzzReport> {
  const [subject] = subjects(await members())
  const { spec, digest, honest, charter } = subject!
  const result = mergeContributions(spec, { charter: digest }, honest)
  const text = formatClaim(rulesOf(charter), summarise(result, honest))
  return runCases({ ...settings, target: 'claims' }, (random) => {
    const changed = mutateJson(random, text)
    return named(() => {
      parseClaim(changed, 'fuzz')
      return renderInspection(inspectJson('fuzz', changed)).length > 0 ? 'accept' : 'nothing shown'
    })
  })
}

/** Safetensors of any types, as `inspect` and `export` read them. */
export async function fuzzSafetensors(settings: Settings): Promise<FuzzReport> {
  const [subject] = subjects(await members())
  const result = mergeContributions(subject!.spec, { charter: subject!.digest }, subject!.honest)
  const whole = writeSafetensors(stateTensors(result), { metadata: { format: 'peermerge-merge-1' } })
  const half = writeSafetensors(stateTensors(result), { type: 'F16' })
  return runCases({ ...settings, target: 'safetensors' }, (random) => {
    const bytes = strangeSafetensors(random, pick(random, [whole, half]))
    const charter = random.below(2) === 0 ? subject!.charter : undefined
    return named(() => renderInspection(inspectSafetensors('fuzz', memorySource(bytes), charter)).length > 0 ? 'accept' : 'nothing shown') // prettier-ignore
  })
}

function strangeSafetensors(random: Random, bytes: Uint8Array): Uint8Array {
  if (random.below(2) === 0) return mutateBytes(random, bytes)
  const length = Number(Buffer.from(bytes).readBigUInt64LE(0))
  const header = Buffer.from(mutateJson(random, Buffer.from(bytes.subarray(8, 8 + length)).toString('utf8')))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([prefix, header, bytes.subarray(8 + length)])
}

function named(run: () => string): string {
  try {
    return run()
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    return reasonOf(error)
  }
}
