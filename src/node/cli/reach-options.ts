import { Option, type Command } from 'commander'
import { REACHABLE, type Reachable } from '../site-reach.ts'
import { collectAddress } from './options.ts'

export interface ReachFlags {
  readonly announce?: readonly string[]
  readonly reachable?: Reachable
  readonly relay?: boolean
}

/** How others reach a site: kept among its settings by `create` and `join`, said for one run by `run`. */
export function addReachOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--announce <address>',
        'where others reach this site, as HOST:PORT or multiaddr, e.g. of a forwarded port; may be given again',
      )
        .env('PEERMERGE_ANNOUNCE')
        .argParser(collectAddress),
    )
    .addOption(
      new Option(
        '--reachable <how>',
        'whether others can dial this site: auto finds out, no listens nowhere and goes through members that relay',
      )
        .env('PEERMERGE_REACHABLE')
        .choices(REACHABLE),
    )
    .option('--relay', 'relay for members that nobody can dial; others must be able to dial this site')
}
