import {
  FrontDesk,
  PendingRequests,
  type Identity,
  type Ledger,
  type PendingRequest,
} from '../../gossip/records.ts'
import { charterInForce } from '../carried-charters.ts'
import { charterBytes, joinPolicy, type Charter } from '../charter.ts'
import { readCharter, type HomePaths } from '../home.ts'
import { readNetworkKey } from '../network-key-file.ts'
import { requestsFile } from './requests-file.ts'

/** What a desk is opened with; a site whose ledger is open has it. */
export interface DeskSite {
  readonly identity: Identity
  /** Digest of the founding charter. */
  readonly consortium: string
  readonly founding: Charter
  readonly ledger: Ledger
  readonly paths: Pick<HomePaths, 'requests' | 'tickets'>
}

/** Where newcomers ask this site; requests that wait are kept in its home. @throws InvalidFileError */
export async function openDesk(
  site: DeskSite,
  onRequest: (request: PendingRequest) => void = () => undefined,
): Promise<FrontDesk> {
  const { identity, consortium, founding, ledger, paths } = site
  const foundingBytes = charterBytes(founding)
  const now = (): number => Date.now()
  return new FrontDesk({
    self: identity.peer,
    consortium,
    ledger,
    pending: await PendingRequests.open(requestsFile(paths.requests), now),
    charters: () => {
      const { charter, charterBytes: amended } = ledger.state
      return { founding: foundingBytes, inForce: amended.get(charter) ?? foundingBytes }
    },
    policy: () => joinPolicy(charterInForce(ledger.state, founding)),
    now,
    onRequest,
  })
}

/** What a running node needs to let others in. */
export interface Admission {
  readonly site: DeskSite
  readonly desk: FrontDesk
  readonly networkKey: Uint8Array | null
}

/** @throws InvalidFileError */
export async function openAdmission(
  { identity, consortium, ledger, paths }: Omit<DeskSite, 'founding'> & { readonly paths: HomePaths },
  onRequest: (request: PendingRequest) => void,
): Promise<Admission> {
  const site = { identity, consortium, founding: await readCharter(paths), ledger, paths }
  return { site, desk: await openDesk(site, onRequest), networkKey: (await readNetworkKey(paths)) ?? null }
}
