import type { FittedSite } from '../fit-site.ts'

/** Says whether this site contributes or only listens, unless the ledger says so already: nobody waits for one that only listens. */
export async function declarePart({
  ledger,
  identity,
  config: { contribute },
}: Pick<FittedSite, 'ledger' | 'identity' | 'config'>): Promise<void> {
  const said = ledger.state.members.get(identity.peer)?.contributes
  if (said !== contribute) await ledger.sign({ type: 'part', contributes: contribute })
}
