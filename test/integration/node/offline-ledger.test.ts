// Commands without a node go by the ledger of the home: members who came later, were removed, and what was withdrawn.
import '../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { decode, encode } from '@ipld/dag-cbor'
import { charterDigest, formatCharter } from '../../../src/node/charter.ts'
import { readCharterFile } from '../../../src/node/charter-file.ts'
import { gatherFiles } from '../../../src/node/gather-files.ts'
import { readLedgerFile } from '../../../src/node/ledger-file.ts'
import { readClaim } from '../../../src/node/merge-claim.ts'
import { verifyMerge } from '../../../src/node/verify-merge.ts'
import { homePaths, readCharter } from '../../../src/node/home.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { ContributionStanding } from '../../../src/node/standings.ts'
import { DEADLINE_MS, TestConsortium } from '../../helpers/node/consortium.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { peermerge } from '../../helpers/node/run-program.ts'

interface Printed {
  readonly digest: string
  readonly merge: string
  readonly actual: string
  readonly standings: readonly ContributionStanding[]
  readonly uncounted: readonly { readonly name: string; readonly standing: string }[]
  readonly ledger: readonly string[]
  readonly checks: readonly { readonly what: string; readonly ok: boolean }[]
  readonly missing: readonly string[]
}

function json(...args: string[]): { readonly code: number | null; readonly printed: Printed } {
  const { code, stdout, stderr } = peermerge(...args, '--json')
  assert.notEqual(stdout, '', stderr)
  return { code, printed: JSON.parse(stdout) as Printed }
}

/** Statements of a bundle, changed. */
async function rewriteLedger(
  bundle: string,
  change: (statements: Uint8Array[]) => Uint8Array[],
): Promise<void> {
  const file = join(bundle, 'ledger.cbor')
  const { v, statements } = decode<{ v: number; statements: Uint8Array[] }>(await readFile(file))
  await writeFile(file, encode({ v, statements: change(statements) }))
}

/** Until `name` is done and has one merge with `birch`, of these contributors. */
function merged(consortium: TestConsortium, holds: (status: NodeStatus) => boolean): Promise<NodeStatus> {
  return waitFor('anvil and birch hold one such merge', DEADLINE_MS, async () => {
    const [anvil, birch] = await Promise.all([consortium.status('anvil'), consortium.status('birch')])
    const isOne = anvil.merge !== null && anvil.merge.digest === birch.merge?.digest
    return isOne && anvil.done && birch.done && holds(anvil) ? anvil : undefined
  })
}

test(
  'merge, contributions and verify agree with the node of the same home, whatever its ledger says',
  { timeout: 6 * DEADLINE_MS },
  async () => {
    await using consortium = await TestConsortium.open()
    await consortium.create('anvil', { join: 'ticket' })
    await consortium.run('anvil')
    for (const name of ['birch', 'cedar']) {
      await consortium.join(name, await consortium.ticket('anvil'))
      await consortium.run(name)
    }
    await merged(consortium, ({ merge }) => merge?.contributors.length === 3)
    await consortium.do('birch', { command: 'withdraw' })
    for (const name of ['anvil', 'birch'])
      await consortium.do(name, { command: 'remove', who: 'cedar', past: 'exclude' })
    const before = await merged(
      consortium,
      ({ members, merge }) => merge?.contributors.length === 2 && members.length === 2,
    )
    const founding = await readCharter(homePaths(consortium.home('anvil')))
    const next = { ...founding, ridge: 10 * founding.ridge }
    for (const name of ['anvil', 'birch']) {
      await consortium.do(name, { command: 'amend', charter: formatCharter(next), carries: 'contributions' })
    }
    const running = await merged(
      consortium,
      ({ charter, merge }) => charter === charterDigest(next) && merge!.digest !== before.merge!.digest,
    )
    await Promise.all(['anvil', 'birch'].map((name) => consortium.stop(name)))
    const { digest } = running.merge!
    const home = consortium.home('anvil')

    const merge = json('merge', '--home', home)
    assert.equal(merge.code, 0)
    assert.equal(merge.printed.digest, digest, 'offline as the node')
    const bundle = consortium.home('bundle')
    const { printed } = json('contributions', '--home', home, '--out', bundle)
    assert.equal(printed.merge, digest)
    const standings = printed.standings.map(({ name, standing }) => `${name} ${standing}`)
    assert.deepEqual(new Set(standings), new Set(['anvil merged', 'birch merged', 'birch withdrawn', 'cedar removed', ...standings.filter((one) => one === 'anvil superseded')])) // prettier-ignore

    const verified = json('verify', bundle)
    assert.deepEqual([verified.code, verified.printed.actual], [0, digest])
    assert.ok(verified.printed.checks.some(({ what, ok }) => what === 'ledger head' && ok))

    const all = consortium.home('all')
    await cp(bundle, all, { recursive: true })
    await rewriteLedger(all, (statements) => statements.map((one, i) => (i === 1 ? flipped(one) : one)))
    const forged = json('verify', all)
    assert.equal(forged.code, 1)
    assert.match(forged.printed.ledger.join('\n'), /statement 2 does not hold/)

    const { contributions, charter, claim } = await gatherFiles([bundle])
    const { statements } = await readLedgerFile(join(bundle, 'ledger.cbor'), charterDigest(founding))
    assert.ok(statements.length >= 7)
    for (const [i, { id }] of statements.entries()) {
      await cp(join(bundle, 'ledger.cbor'), join(all, 'ledger.cbor'))
      await rewriteLedger(all, (bytes) => bytes.filter((_, index) => index !== i))
      const ledger = await readLedgerFile(join(all, 'ledger.cbor'), charterDigest(founding))
      const { ok, checks } = await verifyMerge(await readCharterFile(charter!), contributions, await readClaim(claim!), { ledger }) // prettier-ignore
      assert.equal(ok, false)
      const isNamed = ledger.problems.some((problem) => problem.includes(`statement ${id} is missing`))
      const isNewest = !statements.some(({ statement }) => statement.parents.includes(id))
      assert.equal(isNamed, !isNewest)
      if (isNewest) assert.equal(checks.find(({ what }) => what === 'ledger head')?.ok, false)
    }
  },
)

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length - 3]! ^= 1
  return copy
}
