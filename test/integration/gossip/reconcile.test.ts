import { test } from 'node:test'
import { lateJoiner, oldBackup, partition } from '../../helpers/gossip/reconcile-cases.ts'

test('who joins late has everything soon', (t) => lateJoiner(t, 150, 120_000))

test('halves that went on alone for long have one set after they meet', (t) => partition(t, 90, 30, 120_000))

test('a node restored from an old backup gets back what it lacks, its own contributions too', (t) =>
  oldBackup(t, 120, 120_000))
