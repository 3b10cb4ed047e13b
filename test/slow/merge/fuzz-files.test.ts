// Some minutes. PEERMERGE_FUZZ_SEED chooses other cases, PEERMERGE_FUZZ_CASES how many, PEERMERGE_FUZZ_CASE one that failed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentedReasons } from '../../helpers/fuzz/documented-reasons.ts'
import {
  fuzzCharters,
  fuzzClaims,
  fuzzContributions,
  fuzzSafetensors,
} from '../../helpers/fuzz/fuzz-targets.ts'
import { fuzzSettings, type FuzzReport } from '../../helpers/fuzz/run-cases.ts'

/** Not made here: of files above 512 MiB, headers above 61,440 bytes, 16,385 tensors; those that an envelope calls `malformed`; masks of fedselect; strangers. */
const ELSEWHERE = ['too-large', 'too-many-tensors', 'bad-cbor', 'not-canonical', 'bad-mask', 'personal-entry', 'not-a-member'] // prettier-ignore

function told(name: string, { outcomes, slowestMs }: FuzzReport): void {
  const sorted = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, n]) => `${outcome} ${n}`)
  console.log(`${name}: slowest ${slowestMs.toFixed(0)} ms; ${sorted.join(', ')}`)
}

test('200,000 contributions with something wrong', async () => {
  const settings = fuzzSettings(200_000)
  const report = await fuzzContributions(settings)
  told('contributions', report)
  const reasons = await documentedReasons()
  for (const reason of report.outcomes.keys()) assert.ok(reason === 'accept' || reasons.has(reason), `${reason} is in docs/formats.md`) // prettier-ignore
  if (settings.only !== undefined || settings.cases < 100_000) return
  const unseen = [...reasons].filter((reason) => !report.outcomes.has(reason) && !ELSEWHERE.includes(reason))
  assert.deepEqual(unseen, [], 'every documented reason is met')
})

test('30,000 charters', async () => told('charters', await fuzzCharters(fuzzSettings(30_000))))
test('30,000 claims', async () => told('claims', await fuzzClaims(fuzzSettings(30_000))))
test('60,000 safetensors', async () => told('safetensors', await fuzzSafetensors(fuzzSettings(60_000))))
