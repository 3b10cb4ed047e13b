import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode as cbor } from '@ipld/dag-cbor'
import fc from 'fast-check'
import {
  MAX_RECEIPT_BYTES,
  MAX_RECEIPT_NUMBERS,
  MAX_RECEIPT_SCORES,
  MAX_SCORED_SAMPLES,
  RECEIPT_DOMAIN,
} from '../../../../src/gossip/constants.ts'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import {
  packScores,
  tagOfTask,
  type MergeScores,
  type TaskScore,
} from '../../../../src/gossip/receipts/merge-scores.ts'
import { packNumbers, tagOf, unpackNumbers } from '../../../../src/gossip/receipts/newest-numbers.ts'
import { openReceipt, signReceipt } from '../../../../src/gossip/receipts/receipt.ts'
import { signUnder } from '../../../../src/gossip/wire/signature.ts'
import { digestBytes } from '../../../../src/gossip/wire/wire.ts'
import { CONSORTIUM, sha256 } from '../../../helpers/gossip/contributions.ts'

const author = await generateIdentity()
const holding = {
  merge: 'ab'.repeat(32),
  cut: 'cd'.repeat(32),
  ledger: null,
  charter: 'ef'.repeat(32),
  kernel: 1,
  contributions: 7,
}
const newest = new Map([
  [author.peer, 4],
  ['press', 3],
])
const bytes = await signReceipt(author, CONSORTIUM, 12, holding, newest)

function score(task: string): TaskScore {
  return { task, correct: 7, count: 9, endCorrect: 8, endCount: 8 }
}

/** What a liar may say of one merge. */
function lying(...tasks: readonly TaskScore[]): object {
  return { scored: digestBytes(holding.cut), scores: packScores(tasks, 99) }
}

const ONE = score(tagOfTask(null))

/** Fields as `signReceipt` writes them, changed, and signed by their author. */
async function forged(change: object, consortium = CONSORTIUM): Promise<Uint8Array> {
  const said = cbor({
    v: 1,
    consortium,
    peer: author.peer,
    counter: 12,
    merge: digestBytes(holding.merge),
    cut: digestBytes(holding.cut),
    ledger: new Uint8Array(0),
    charter: digestBytes(holding.charter),
    kernel: 1,
    contributions: 7,
    newest: packNumbers(newest, 8),
    scored: new Uint8Array(0),
    scores: new Uint8Array(0),
    ...change,
  })
  return cbor({ said, signature: await signUnder(RECEIPT_DOMAIN, said, author) })
}

test('a receipt says the same on the other side', async () => {
  const { bytes: kept, peer, counter, newest: numbers, ...rest } = await openReceipt(bytes, CONSORTIUM)
  assert.deepEqual(rest, holding)
  assert.deepEqual([kept, peer, counter], [bytes, author.peer, 12])
  assert.equal(numbers.get(tagOf(author.peer)), 4)
  assert.equal(numbers.get(tagOf('press')), 3)
  assert.equal(numbers.get(tagOf('mill')), undefined)
  assert.deepEqual(await openReceipt(await forged({}), CONSORTIUM), await openReceipt(bytes, CONSORTIUM))
})

test('the receipt of the largest consortium fits, and of a larger one as many numbers as fit', async () => {
  const crowd = new Map(
    Array.from({ length: MAX_RECEIPT_NUMBERS + 50 }, (_, i) => [`peer ${i}`, 2 ** 32 - 1 - i]),
  )
  const many = Array.from({ length: MAX_RECEIPT_SCORES + 50 }, (_, i) =>
    score(tagOfTask(sha256(`task ${i}`))),
  )
  const full = await signReceipt(
    author,
    CONSORTIUM,
    Number.MAX_SAFE_INTEGER,
    { ...holding, ledger: holding.cut, scores: { merge: holding.cut, tasks: many } },
    crowd,
  )
  assert.ok(full.byteLength <= MAX_RECEIPT_BYTES, `${full.byteLength} bytes`)
  const { newest: numbers, scores } = await openReceipt(full, CONSORTIUM)
  assert.equal(numbers.size, MAX_RECEIPT_NUMBERS)
  const tags = many.map(({ task }) => task).sort()
  assert.deepEqual(
    scores?.tasks.map(({ task }) => task),
    tags.slice(0, MAX_RECEIPT_SCORES),
  )
})

test('scores of a merge travel with the receipt, the classes of the charter first', async () => {
  const scores: MergeScores = {
    merge: holding.cut,
    tasks: [score(tagOfTask(null)), { ...score(tagOfTask(sha256('autumn'))), correct: 0, endCorrect: 8 }],
  }
  const said = await signReceipt(author, CONSORTIUM, 13, { ...holding, scores }, newest)
  assert.deepEqual((await openReceipt(said, CONSORTIUM)).scores, scores)
})

test('numbers survive being packed, whatever their order', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxKeys: 40 }),
      (said) => {
        const packed = packNumbers(new Map(Object.entries(said)), 64)
        const numbers = unpackNumbers(packed, 'receipt')
        assert.deepEqual(packed, packNumbers(new Map(Object.entries(said).reverse()), 64))
        for (const [peer, number] of Object.entries(said)) assert.equal(numbers.get(tagOf(peer)), number)
      },
    ),
    { seed: 7, numRuns: 200 },
  )
})

test('what its author did not sign, or not for this, is refused', async () => {
  const other = await generateIdentity()
  const said = cbor({})
  const cases: [string, Uint8Array][] = [
    ['bad-signature', await forged({ peer: other.peer })],
    ['bad-signature', await forged({ peer: 'nobody' })],
    ['wrong-consortium', await forged({}, 'another')],
    ['malformed', cbor({ said, signature: await signUnder(RECEIPT_DOMAIN, said, author) })],
    ['too-large', new Uint8Array(MAX_RECEIPT_BYTES + 1)],
  ]
  for (const [reason, wrong] of cases) await assert.rejects(openReceipt(wrong, CONSORTIUM), { reason })
})

const malformed: Record<string, object> = {
  'a later version': { v: 2 },
  'no counter': { counter: 0 },
  'a digest of the wrong length': { charter: new Uint8Array(31) },
  'half a number': { newest: new Uint8Array(13) },
  'one author twice': {
    newest: Buffer.concat(Array(2).fill(packNumbers(new Map([['a', 1]]), 1)) as Uint8Array[]),
  },
  'too many numbers': { newest: new Uint8Array(12 * (MAX_RECEIPT_NUMBERS + 1)) },
  'fewer than no contributions': { contributions: -1 },
  'more right than there are': lying({ ...ONE, correct: 10 }),
  'more right at the end than there were': lying({ ...ONE, endCorrect: 9 }),
  'scores of no samples': lying({ ...ONE, correct: 0, count: 0 }),
  'more samples than anybody has': lying({ ...ONE, count: MAX_SCORED_SAMPLES + 1 }),
  'one task twice': lying(ONE, ONE),
  'half a score': { ...lying(ONE), scores: new Uint8Array(25) },
  'too many scores': { ...lying(), scores: new Uint8Array(24 * (MAX_RECEIPT_SCORES + 1)) },
  'scores of no merge': { ...lying(ONE), scored: new Uint8Array(0) },
  'a merge without scores': lying(),
  'a further field': { accuracy: 1 },
}
for (const [name, change] of Object.entries(malformed)) {
  test(`a receipt with ${name} is malformed`, async () => {
    await assert.rejects(openReceipt(await forged(change), CONSORTIUM), { reason: 'malformed' })
  })
}
