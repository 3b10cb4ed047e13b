import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { encodeEnvelope, generateIdentity, signEnvelope } from '../../../src/gossip/index.ts'
import {
  memorySource,
  openSafetensors,
  type PeerInfluence,
  type RemovalReceipt,
} from '../../../src/merge/index.ts'
import { charterDigest, formatCharter } from '../../../src/node/charter.ts'
import { readContributionFile, writeContributionFile } from '../../../src/node/contribution-file.ts'
import { peermerge, type Ran } from '../../helpers/node/run-program.ts'
import { sampleCharter, sampleContribution } from '../../unit/node/sample-contributions.ts'

interface Merged {
  readonly digest: string
  readonly cutDigest: string
  readonly contributors: readonly string[]
  readonly receipt?: RemovalReceipt
  readonly influence?: readonly PeerInfluence[]
  readonly error?: { readonly code: string; readonly message: string }
}

for (const sums of ['exact', 'ordered'] as const) {
  describe(`peers are taken out of a merge, ${sums} sums`, () => {
    let dir = ''
    let charter = ''
    const peers: string[] = []
    const files: string[] = []

    before(async () => {
      dir = await mkdtemp(join(tmpdir(), 'peermerge-removal-'))
      const identities = [await generateIdentity(), await generateIdentity(), await generateIdentity()]
      const said = sampleCharter(identities.map(({ peer }, i) => ({ id: peer, name: `site ${i}` })), { sums }) // prettier-ignore
      charter = charterDigest(said)
      await writeFile(join(dir, 'charter.json'), formatCharter(said))
      for (const [i, identity] of identities.entries()) {
        peers.push(identity.peer)
        const { headerBytes, payload } = sampleContribution(said, identity.peer, 1, {}, `seed ${i}`)
        files.push(join(dir, `${i}.contribution`))
        await writeContributionFile(files[i]!, encodeEnvelope(await signEnvelope(headerBytes, identity)), payload) // prettier-ignore
      }
    })
    after(() => rm(dir, { recursive: true, force: true }))

    const run = (...args: string[]): Ran =>
      peermerge('merge', '--charter', join(dir, 'charter.json'), ...args)
    const merged = (...args: string[]): Merged => JSON.parse(run('--json', ...args).stdout) as Merged

    test('the merge without a peer is that of the files of the others, and the receipt says so', async () => {
      const receipt = join(dir, 'receipt.json')
      const without = merged(...files, '--without', peers[1]!, '--receipt', receipt)
      const never = merged(files[0]!, files[2]!)
      const whole = merged(...files)
      assert.deepEqual([without.digest, without.contributors], [never.digest, never.contributors])
      const written = JSON.parse(await readFile(receipt, 'utf8')) as RemovalReceipt
      assert.deepEqual(written, without.receipt)
      assert.equal(written.charter, charter)
      assert.deepEqual(written.removed.map(({ peer }) => peer), [peers[1]]) // prettier-ignore
      assert.deepEqual(written.before, { cut: whole.cutDigest, merge: whole.digest })
      assert.deepEqual(written.after, { cut: never.cutDigest, merge: never.digest })
    })

    test('the rest of the world, seen from one of two, is the other one’s adapter', async () => {
      const out = join(dir, 'rest.safetensors')
      run(files[0]!, files[1]!, '--rest-of-world', peers[0]!, '--out', out)
      const rest = openSafetensors(memorySource(await readFile(out)))
      const { payload } = await readContributionFile(files[1]!, charter)
      const other = openSafetensors(memorySource(payload))
      const trained = [...other.entries.keys()].filter((name) => name.startsWith('adapter/'))
      assert.ok(trained.length > 0)
      for (const name of trained) assert.deepEqual(rest.tensor(name), other.tensor(name), name)
    })

    test('the influence of every peer is the merge without it', () => {
      const { influence } = merged(...files, '--influence')
      assert.deepEqual(influence!.map(({ peer }) => peer), [...peers].sort()) // prettier-ignore
      for (const { peer, digests, modules, share, change } of influence!) {
        assert.equal(digests.merge, merged(...files, '--without', peer).digest)
        assert.ok(modules.length === 1 && share! > 0.05 && change > 0.05)
      }
    })

    if (sums === 'ordered') return // what is refused and what a person reads is the same

    test('two peers may be left out, by beginnings of their ids; whoever is not there is refused by name', () => {
      const [first, second] = peers.map((peer) => peer.slice(0, 20))
      const without = merged(...files, '--without', first!, '--without', second!)
      assert.deepEqual(without.contributors, [peers[2]])
      const unknown = merged(...files, '--without', '12D3KooX')
      assert.equal(unknown.error!.code, 'ERR_UNKNOWN_PEER')
      for (const peer of peers) assert.ok(unknown.error!.message.includes(peer))
      assert.equal(merged(...files, '--receipt', join(dir, 'none.json')).error!.code, 'ERR_OPTIONS')
      const whatIf = merged(...files, '--without', first!, '--receipt', join(dir, 'none.json'), '--rule', 'mean') // prettier-ignore
      assert.equal(whatIf.error!.code, 'ERR_OPTIONS')
    })

    test('a person reads a table with names, and how far it is', () => {
      const { stdout, stderr, code } = run(...files, '--influence', '--per-module')
      assert.equal(code, 0)
      assert.match(stderr, /influence: 3 of 3 peers/)
      for (const name of ['site 0', 'site 1', 'site 2']) assert.match(stdout, new RegExp(`${name} .*%`))
      assert.match(stdout, / {2}vit\.encoder\.layer\.0\.attention\.attention\.query .*%/)
    })
  })
}
