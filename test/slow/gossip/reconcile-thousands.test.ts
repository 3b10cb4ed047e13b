import { test } from 'node:test'
import { lateJoiner, oldBackup, partition } from '../../helpers/gossip/reconcile-cases.ts'

test('who joins after 5,000 contributions has them all', (t) => lateJoiner(t, 5_000, 600_000))

test('halves with 3,000 in common and 1,000 each have one set after they meet', (t) =>
  partition(t, 3_000, 1_000, 600_000))

test('a backup with half of 4,000 contributions catches up', (t) => oldBackup(t, 4_000, 600_000))
