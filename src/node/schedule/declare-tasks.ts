import type { FittedSite } from '../fit-site.ts'

/** Says of every opened task which of its classes this site has samples of, unless the ledger says so already. One that only listens says nothing of its data. */
export async function declareTasks(
  { ledger, spec, identity, config }: Pick<FittedSite, 'ledger' | 'spec' | 'identity' | 'config'>,
  counts: readonly number[],
): Promise<void> {
  if (!config.contribute) return
  const present = new Set(spec.classes.filter((_, row) => counts[row]! > 0))
  for (const { name, classes, sites } of [...ledger.state.tasks.values()]) {
    const held = classes.filter((label) => present.has(label))
    const said = sites.get(identity.peer) ?? []
    if (held.join('\n') === said.join('\n')) continue
    await ledger.sign({ type: 'task', name, classes, held })
  }
}
