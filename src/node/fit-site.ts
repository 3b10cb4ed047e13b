import { partNames } from '../merge/index.ts'
import { assertModality, openSource, type ModelState } from '../training/index.ts'
import type { OpenSite } from './components.ts'
import { InvalidFileError } from './errors.ts'
import { estimateSite, type SiteMemory } from './memory/site-memory.ts'
import { assertCharterAllowed } from './policy/assert-policy.ts'
import { charterBackbone, type FetchContext } from './find-backbone.ts'
import { siteDataOf } from './site-data.ts'
import { readState } from './state-file.ts'

/** A site whose settings, backbone and data fit its charter. The settings name the directory of the backbone. */
export interface FittedSite extends OpenSite {
  /** What training starts from until there is a merge; null is the charter's start. */
  readonly start: ModelState | null
  readonly backbone: ComparedBackbone
  /** What its processes take, about; null where there are no data, and so no training process. */
  readonly memory: SiteMemory | null
}

/** A backbone that has been found and compared with a charter's; to read it through again takes seconds a gigabyte. */
export interface ComparedBackbone {
  readonly digest: string
  /** As the settings had it. */
  readonly named: string
  readonly dir: string
}

/**
 * Looks for everything that a charter asks of a site before anything is opened. `known` is not compared again.
 *
 * @throws InvalidFileError - a setting or the state to start from does not fit
 * @throws PeermergeError ERR_POLICY - the site's policy keeps at home what the charter asks for
 * @throws PeermergeError ERR_WRONG_BACKBONE, BackboneError, HubError, DatasetError
 */
export async function fitSite(
  site: OpenSite,
  context: FetchContext,
  known?: ComparedBackbone,
): Promise<FittedSite> {
  const { charter, config, spec, paths, state } = site
  assertCharterAllowed(site.policy.policy, spec, charter.name)
  assertBudget(site, paths.config)
  const start = state === undefined ? null : await readState(spec, state)
  const { digest } = charter.backbone
  const isKnown = known?.digest === digest && known.named === config.backbone
  const dir = isKnown ? known.dir : await charterBackbone(charter, config.backbone, context)
  const backbone = { digest, named: config.backbone, dir }
  const fitted = { ...site, config: { ...config, backbone: dir } }
  const memory = config.data === undefined ? null : await memoryOver(fitted, context)
  return { ...fitted, start, backbone, memory }
}

/** Reads how many samples there are. */
async function memoryOver(fitted: OpenSite, { signal }: FetchContext): Promise<SiteMemory> {
  const { spec, config, charter } = fitted
  const data = siteDataOf(spec, config)
  assertModality(data, charter.input.kind)
  return await estimateSite(fitted, await openSource(data, signal), signal)
}

/** A site trains at most the heads that there are. */
function assertBudget({ charter, config: { training } }: OpenSite, file: string): void {
  const heads = partNames(charter, charter.modules[0]!).length
  const count = training.heads?.count ?? 0
  if (count <= heads) return
  const expected = heads === 0 ? `nothing, its adapter has no heads that can be left out` : `at most ${heads}`
  throw new InvalidFileError(file, [`field training.heads.count: expected ${expected}, got ${count}`])
}
