import assert from 'node:assert/strict'
import { join } from 'node:path'
import { writeBundle } from '../../../src/node/bundle.ts'
import { charterDigest } from '../../../src/node/charter.ts'
import { readCharterFile } from '../../../src/node/charter-file.ts'
import { gatherFiles } from '../../../src/node/gather-files.ts'
import type { HomePaths } from '../../../src/node/home.ts'
import { readLedgerFile } from '../../../src/node/ledger-file.ts'
import { readClaim } from '../../../src/node/merge-claim.ts'
import { mergeFiles } from '../../../src/node/offline.ts'
import { readRoundsFile } from '../../../src/node/rounds-file.ts'
import { verifyMerge } from '../../../src/node/verify-merge.ts'

/** @param others - what contributions may be besides `merged`. Whoever has a stopped home, or a bundle of it, comes to the merge of the nodes; without its certificates nobody does. */
export async function replaysOffline(
  paths: HomePaths,
  digest: string,
  others: readonly string[] = [],
): Promise<void> {
  const bundle = join(paths.root, 'bundle')
  const { summary, standings } = await writeBundle(paths, bundle)
  assert.equal(summary.digest, digest)
  const merged = standings.find(({ standing }) => standing === 'merged')!.id
  assert.ok(
    standings.every(({ standing }) => ['merged', ...others].includes(standing)),
    JSON.stringify(standings),
  )
  const { contributions, charter, ledger, rounds, claim, tensors, unread } = await gatherFiles([bundle])
  assert.deepEqual(unread, [])
  const founding = await readCharterFile(charter!)
  const certificates = await readRoundsFile(rounds!)
  const statements = await readLedgerFile(ledger!, charterDigest(founding))
  const verify = (files: readonly string[], some?: readonly Uint8Array[]) =>
    readClaim(claim!).then((claimed) => verifyMerge(founding, files, claimed, { ledger: statements, rounds: some, tensors })) // prettier-ignore
  const { ok, actual, checks } = await verify([...contributions].reverse(), certificates)
  assert.deepEqual([ok, actual], [true, digest], JSON.stringify(checks))
  assert.equal((await verify(contributions, certificates.slice(0, -1))).ok, false)
  await assert.rejects(verify(contributions), { code: 'ERR_ROUNDS', message: /rounds\.cbor/ })
  await assert.rejects(verify(contributions.filter((file) => !file.includes(`-${merged.slice(0, 8)}`)), certificates), { code: 'ERR_INCOMPLETE', message: /round \d+ has merged contribution/ }) // prettier-ignore
  const forged = certificates.map((bytes, at) => (at === 1 ? Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)) : bytes)) // prettier-ignore
  await assert.rejects(verify(contributions, forged), { code: 'ERR_REFUSED' })
  const statementsOf = statements.statements
  const early = await mergeFiles(founding, contributions, { statements: statementsOf, rounds: certificates.slice(0, 1) }) // prettier-ignore
  assert.equal(early.summary.generation, 1)
  assert.ok(early.uncounted.some(({ standing }) => standing === 'round-ahead'))
  await assert.rejects(mergeFiles(founding, contributions, { statements: statementsOf, rounds: certificates, change: { rule: 'mean' } }), { code: 'ERR_OPTIONS' }) // prettier-ignore
}
