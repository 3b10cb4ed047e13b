/**
 * One site: durable store, schedule, merge, publishing and control port, composed from merge, training and gossip.
 *
 * ```ts
 * await using node = await createNode({ home: './site' })
 * node.subscribe((event) => console.error(event.type))
 * await node.start()
 * await node.whenDone({ signal: AbortSignal.timeout(600_000) })
 * ```
 */
export type * from './node-api.ts'
export type * from './node-event.ts'
export type * from './status/types.ts'
export type * from './types.ts'
export { buildCharter, describeBackbone, type BackboneInfo, type CharterOptions } from './build-charter.ts'
export { charterDigest, formatCharter, mergeSpecOf, parseCharter, type Charter } from './charter.ts'
export { connectControl, type ControlClient } from './control-client.ts'
export { HomeLockedError, InvalidFileError, NotRunningError, PublishRefusedError } from './errors.ts'
export {
  homePaths,
  readCharter,
  readConfig,
  writeCharter,
  writeConfig,
  type HomePaths,
  type SiteConfig,
} from './home.ts'
export { openIdentity } from './identity-file.ts'
export { createLogger, silentLogger, type Logger, type LogLevel } from './logger.ts'
export { loadState } from './merge-files.ts'
export { createNode } from './node.ts'
export { exportContributions, writeBundle, type Bundle, type BundleOptions } from './bundle.ts'
export { readClaim, type MergeClaim } from './merge-claim.ts'
export { readRoundsFile } from './rounds-file.ts'
export type { RefusedFile, UncountedFile } from './admit-file.ts'
export type { ContributionStanding } from './standings.ts'
export { readLedgerFile, type ReadLedger } from './ledger-file.ts'
export { mergeFiles, type OfflineMerge, type OfflineMergeOptions } from './offline.ts'
export { verifyMerge, type Check, type Verification, type VerifyOptions } from './verify-merge.ts'
export type { SpecChange } from './what-if-spec.ts'
