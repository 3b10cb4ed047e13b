import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditDraft, FactsOf } from '../../../../src/node/audit/audit-kinds.ts'
import { egressCsv } from '../../../../src/node/egress/egress-csv.ts'
import { EgressTally, type EgressReport } from '../../../../src/node/egress/egress-report.ts'
import { renderEgress } from '../../../../src/node/egress/render-egress.ts'

const DAY = Date.UTC(2026, 2, 4, 22)
const HOUR = 3_600_000

/** @param hours - after ten in the evening (UTC), of each entry */
function report(...drafts: readonly (readonly [hours: number, draft: AuditDraft])[]): EgressReport {
  const tally = new EgressTally()
  drafts.forEach(([hours, draft], i) => tally.add({ v: 1, sequence: i + 1, time: DAY + hours * HOUR, previous: null, ...draft })) // prettier-ignore
  return tally.report()
}

function published(
  id: string,
  sequence: number,
  change: Partial<FactsOf<'contribution-published'>> = {},
): AuditDraft {
  const facts = {
    id,
    sequence,
    generation: 1,
    kind: 'adapter',
    task: null,
    charter: 'ch',
    publishedAt: null,
    isLate: false,
    headerBytes: 700,
    payload: { digest: 'pd', bytes: 1000 },
    samples: 30,
    classCounts: [10, 20],
    clipping: 1.5,
    noise: 0,
    tensors: [{ name: 'classifier/bias', type: 'F32', shape: [2], bytes: 8, digest: 'td' }],
    ...change,
  }
  return { kind: 'contribution-published', facts }
}

function sent(id: string, name: string, bytes: number): AuditDraft {
  return { kind: 'payload-served', facts: { id, peer: `peer of ${name}`, name, chunks: 1, bytes } }
}

const holds = (id: string, name: string): AuditDraft => ({
  kind: 'payload-held',
  facts: { id, peer: `peer of ${name}`, name },
})

test('bytes are added up for each contribution, day and recipient', () => {
  const found = report([0, published('b', 2)], [0, published('a', 1)], [1, sent('a', 'mill', 600)], [3, sent('a', 'mill', 400)], [3, holds('a', 'mill')], [4, sent('b', 'mill', 1000)], [4, holds('a', 'press')]) // prettier-ignore
  assert.deepEqual(found.contributions.map(({ sequence, recipients }) => [sequence, recipients.map(({ name, bytes, hasAllAt }) => [name, bytes, hasAllAt !== null])]), [[1, [['mill', 1000, true], ['press', 0, true]]], [2, [['mill', 1000, false]]]]) // prettier-ignore
  assert.deepEqual(found.days.map(({ day, contributions, publishedBytes, sentBytes, recipients }) => [day, contributions, publishedBytes, sentBytes, recipients]), [['2026-03-04', 2, 2000, 600, ['mill']], ['2026-03-05', 0, 0, 1400, ['mill']]]) // prettier-ignore
  assert.deepEqual(found.recipients.map(({ name, bytes, fetched, holds: whole }) => [name, bytes, fetched, whole]), [['mill', 2000, 2, 1], ['press', 0, 0, 1]]) // prettier-ignore
  assert.equal(found.unknownBytes, 0)
})

test('what is found late counts on the day that the store had it, and only once', () => {
  const late = { isLate: true, clipping: 'unknown', publishedAt: DAY - 48 * HOUR } as const
  const found = report([0, published('a', 1, { ...late, tensors: null })], [5, published('a', 1, late)], [6, sent('x', 'mill', 5)]) // prettier-ignore
  assert.deepEqual(found.days.map(({ day, contributions }) => [day, contributions]), [['2026-03-02', 1], ['2026-03-05', 0]]) // prettier-ignore
  assert.equal(found.contributions[0]!.tensors?.length, 1)
  assert.equal(found.unknownBytes, 5)
})

test('rows name tensor, recipients, samples, clipping and noise; a payload that is gone has one row', () => {
  const shared = { merge: 'mm', tasks: [{ task: 't', correct: 8, count: 10, endCorrect: 8, endCount: 10 }] }
  const found = report([0, published('a', 1)], [1, sent('a', 'mill', 1000)], [1, holds('a', 'press')], [2, published('b', 2, { tensors: null })], [2, { kind: 'scores-shared', facts: shared }]) // prettier-ignore
  const rows = egressCsv(found).trimEnd().split('\n')
  assert.equal(rows.length, 6)
  assert.equal(rows[1], 'header,2026-03-04T22:00:00.000Z,a,1,adapter,,header: samples by class 10 20,,,700,a,30,,,all members,') // prettier-ignore
  assert.equal(rows[2], 'tensor,2026-03-04T22:00:00.000Z,a,1,adapter,,classifier/bias,F32,2,8,td,30,1.5,0,mill; press,peer of mill; peer of press') // prettier-ignore
  assert.match(rows[4]!, /^payload,.*,b,2,adapter,,payload whose tensors are not here any more,,,1000,pd/)
  assert.match(rows[5]!, /^scores,.*,mm,task t: 8 of 10 right,.*all members/)
})

test('people see who has a part only, who has it from others, and that nobody has it', () => {
  const found = report([0, published('a', 1)], [0, published('b', 2)], [1, sent('a', 'mill', 400)], [1, holds('a', 'press')]) // prettier-ignore
  const log = { file: 'audit.log', peer: 'me', name: 'foundry', consortium: 'c', entries: 4, head: 'h', problem: 'entry 5: …', putAside: ['audit.log.broken-1'] } // prettier-ignore
  const text = renderEgress({ log, ...found }, false)
  assert.match(text, /mill \(400 B of it\), press \(from others\)/)
  assert.match(text, /nobody yet/)
  assert.match(text, /THE LOG DOES NOT HOLD from there on: entry 5/)
  assert.match(text, /not counted: audit\.log\.broken-1/)
})
