import type { Logger as GossipLogger } from '../gossip/index.ts'

/** A logger for the network, which knows peers by id: every line that speaks of one names the member, too. */
export function memberLogger(logger: GossipLogger, nameOf: (peer: string) => string): GossipLogger {
  const named = (fields: object): object =>
    'peer' in fields && typeof fields.peer === 'string' ? { ...fields, member: nameOf(fields.peer) } : fields
  return {
    error: (fields, message) => logger.error(named(fields), message),
    warn: (fields, message) => logger.warn(named(fields), message),
    info: (fields, message) => logger.info(named(fields), message),
    debug: (fields, message) => logger.debug(named(fields), message),
  }
}
