import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { encode } from '@ipld/dag-cbor'
import type { OpenedStatement } from '../../../src/gossip/index.ts'
import { readLedgerFile, writeLedgerFile } from '../../../src/node/ledger-file.ts'
import { CONSORTIUM } from '../../helpers/gossip/contributions.ts'
import { founders, saySigned } from '../../helpers/gossip/ledgers.ts'

let dir = ''
let statements: readonly OpenedStatement[] = []
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-ledger-file-'))
  const { identities } = await founders(2)
  const first = await saySigned(identities[0]!, { type: 'withdraw', upTo: 1 })
  const second = await saySigned(identities[1]!, { type: 'withdraw', upTo: 2 }, [first])
  statements = [first, second].sort((a, b) => (a.id < b.id ? -1 : 1))
})
after(() => rm(dir, { recursive: true, force: true }))

const write = async (bytes: readonly Uint8Array[]): Promise<string> => {
  const file = join(dir, 'ledger.cbor')
  await writeFile(file, encode({ v: 1, statements: bytes }))
  return file
}

test('statements come back as they were written, in one order', async () => {
  const file = join(dir, 'whole.cbor')
  await writeLedgerFile(file, [...statements].reverse())
  const { statements: read, problems } = await readLedgerFile(file, CONSORTIUM)
  assert.deepEqual([read.map(({ id }) => id), problems], [statements.map(({ id }) => id), []])
  assert.deepEqual(read.map(({ statement }) => statement), statements.map(({ statement }) => statement)) // prettier-ignore
})

test('a forged statement and one that others build on are named', async () => {
  const [older, newer] = [0, 1].map((parents) => statements.find((one) => one.statement.parents.length === parents)!) // prettier-ignore
  const bad = Uint8Array.from(older!.bytes)
  bad[bad.length - 2]! ^= 1
  const forged = await readLedgerFile(await write([bad, newer!.bytes]), CONSORTIUM)
  assert.equal(forged.problems.length, 2)
  assert.match(forged.problems[0]!, /statement 1 does not hold: .*not signed by/)
  assert.equal(forged.problems[1], `statement ${older!.id} is missing: ${newer!.id} builds on it, and says nothing without it`) // prettier-ignore
  const foreign = await readLedgerFile(await write([older!.bytes]), 'another')
  assert.match(foreign.problems[0]!, /belongs to another consortium/)
})

test('what is no ledger file is refused', async () => {
  const file = join(dir, 'noise.cbor')
  for (const content of ['noise', encode({ v: 2, statements: [] }), encode({ v: 1, statements: ['text'] })]) {
    await writeFile(file, content)
    await assert.rejects(readLedgerFile(file, CONSORTIUM), { code: 'ERR_MALFORMED' })
  }
})
