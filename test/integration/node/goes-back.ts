import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry } from '../../../src/node/audit/audit-entry.ts'
import { factsOf, type FactsOf } from '../../../src/node/audit/audit-kinds.ts'
import { readLog } from '../../../src/node/audit/read-log.ts'
import type { HomePaths } from '../../../src/node/home.ts'
import { readServing, servedFile, type Serving } from '../../../src/node/serving/served-model.ts'
import { peermergeBeside } from '../../helpers/node/run-program.ts'

/** The merges of a home's log, oldest first. */
export async function mergesOf({ audit }: HomePaths): Promise<readonly FactsOf<'merge-computed'>[]> {
  const found: FactsOf<'merge-computed'>[] = []
  const onEntry = (entry: AuditEntry): void => {
    const facts = factsOf(entry, 'merge-computed')
    if (facts !== undefined) found.push(facts)
  }
  const { flaw } = await readLog(audit, { onEntry })
  assert.equal(flaw, null)
  return found
}

/** Serves an earlier merge again, of which no file is left: it is computed again to its digest, and answers what is held out. */
export async function goesBack(paths: HomePaths, digest: string): Promise<void> {
  for (const file of [join(paths.merges, `${digest}.safetensors`), join(paths.merges, `${digest}.json`), servedFile(paths.served, { digest })]) await rm(file, { force: true }) // prettier-ignore
  const home = ['--home', paths.root] as const
  const back = await peermergeBeside('rollback', digest.slice(0, 20), ...home, '--json')
  assert.equal(back.code, 0, back.stderr + back.stdout)
  const { current, follows } = JSON.parse(back.stdout) as Serving
  assert.deepEqual([current.digest, current.by, follows], [digest, 'person', 'nothing'])
  assert.equal((await readServing(paths.served))!.current.digest, digest)
  const evaluated = await peermergeBeside('eval', ...home, '--json')
  assert.equal(evaluated.code, 0, evaluated.stderr + evaluated.stdout)
  assert.match(evaluated.stdout, new RegExp(digest))
}
