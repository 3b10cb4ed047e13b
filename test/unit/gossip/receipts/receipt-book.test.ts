import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_RECEIPTS } from '../../../../src/gossip/constants.ts'
import { ReceiptBook } from '../../../../src/gossip/receipts/receipt-book.ts'
import type { MergeReceipt } from '../../../../src/gossip/receipts/receipt.ts'

function receipt(peer: string, counter: number): MergeReceipt {
  return { peer, counter } as MergeReceipt
}

test('the greatest counter wins, and an old receipt played again changes nothing', () => {
  const book = new ReceiptBook()
  assert.equal(book.enter(receipt('mill', 5), 'gossip', 10), true)
  assert.equal(book.enter(receipt('mill', 4), 'gossip', 20), false)
  assert.equal(book.enter(receipt('mill', 5), 'gossip', 20), false)
  assert.deepEqual([book.counterOf('mill'), book.all().get('mill')?.at], [5, 10])
  assert.equal(book.enter(receipt('mill', 6), 'gossip', 30), true)
  assert.equal(book.counterOf('mill'), 6)
})

test('a node whose clock went back is believed when it speaks at this moment', () => {
  const book = new ReceiptBook()
  book.enter(receipt('mill', 500), 'gossip', 10)
  assert.equal(book.enter(receipt('mill', 3), 'greeting', 20), true)
  assert.deepEqual([book.counterOf('mill'), book.all().get('mill')?.at], [3, 20])
})

test('what is confirmed is as new as its confirmation', () => {
  const book = new ReceiptBook()
  book.confirm('mill', 5)
  assert.equal(book.all().size, 0)
  book.enter(receipt('mill', 1), 'greeting', 10)
  book.confirm('mill', 90)
  assert.equal(book.all().get('mill')?.at, 90)
})

test('memory is bounded: who was heard longest ago is forgotten first', () => {
  const book = new ReceiptBook()
  for (let i = 0; i < MAX_RECEIPTS; i++) book.enter(receipt(`peer ${i}`, 1), 'gossip', i)
  book.confirm('peer 0', MAX_RECEIPTS)
  book.enter(receipt('one more', 1), 'gossip', MAX_RECEIPTS)
  assert.equal(book.all().size, MAX_RECEIPTS)
  assert.deepEqual([book.counterOf('peer 0'), book.counterOf('peer 1')], [1, 0])
})
