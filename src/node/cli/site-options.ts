import { Option, type Command } from 'commander'
import { PeermergeError } from '../../errors.ts'
import type { RuntimeName, TableColumns } from '../../training/index.ts'
import { DEFAULT_COLUMNS, DEFAULT_RUNTIME, isTablePath, RUNTIME_NAMES } from '../../training/settings.ts'
import { REST_PRECISIONS, type RestPrecision } from '../personal/half-rest.ts'
import type { SiteOptions } from '../site-setup.ts'
import { collectAddress, homeOption, listenOnlyOption, positiveInteger } from './options.ts'
import { addReachOptions, type ReachFlags } from './reach-options.ts'

export interface SiteFlags extends ReachFlags {
  readonly home: string
  readonly site: string
  readonly backbone: string
  readonly data?: string
  readonly heldOut?: string
  readonly textColumn: string
  readonly labelColumn: string
  readonly listen?: readonly string[]
  readonly peer?: readonly string[]
  readonly listenOnly?: true
  readonly restPrecision?: RestPrecision
  readonly threads?: number
  readonly runtime?: RuntimeName
}

const DEFAULT_LISTEN = '/ip4/0.0.0.0/tcp/4001'

/** Options that describe a site; the same for `create` and `join`. */
export function addSiteOptions(command: Command): Command {
  const described = command
    .addOption(homeOption())
    .addOption(
      new Option('--site <name>', 'name of this site, as the others will see it')
        .env('PEERMERGE_SITE')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--backbone <dir or name>',
        'the frozen transformer: a Hugging Face directory, or hf:owner/name[@revision] to fetch it from the Hub',
      )
        .env('PEERMERGE_BACKBONE')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--data <path>',
        'private samples: images as class/image, or a table of texts (.csv .tsv .jsonl .parquet); with --listen-only they may be left out',
      ).env('PEERMERGE_DATA'),
    )
    .option('--held-out <path>', 'samples to evaluate with, laid out alike (default: a share of --data)')
    .option('--text-column <name>', 'column of a table that holds the texts', DEFAULT_COLUMNS.text)
    .option('--label-column <name>', 'column of a table that holds the classes', DEFAULT_COLUMNS.label)
    .option(
      '--listen <address>',
      `where to listen, as IP:PORT or multiaddr; may be given again (default: ${DEFAULT_LISTEN})`,
      collectAddress,
    )
    .option(
      '--peer <address>',
      'HOST:PORT or multiaddr of a member, may be given again; one is enough, and a ticket has some',
      collectAddress,
    )
    .addOption(listenOnlyOption())
    .addOption(
      new Option(
        '--rest-precision <precision>',
        'how this site keeps what the others add up to (FedALT); half takes half the bytes (default: single)',
      ).choices(REST_PRECISIONS),
    )
    .addOption(
      new Option('--threads <n>', 'processor threads of training')
        .env('PEERMERGE_THREADS')
        .argParser(positiveInteger),
    )
    .addOption(
      new Option(
        '--runtime <name>',
        `what executes training; peermerge runtimes shows what is there (default: ${DEFAULT_RUNTIME})`,
      ).choices(RUNTIME_NAMES),
    )
  return addReachOptions(described)
}

export function columnsOf({ textColumn, labelColumn }: SiteFlags): TableColumns {
  return { text: textColumn, label: labelColumn }
}

/** @throws PeermergeError ERR_OPTIONS - no data are said, and the site does not only listen */
export function siteOptions(flags: SiteFlags): SiteOptions {
  assertData(flags)
  return {
    home: flags.home,
    site: flags.site,
    backbone: flags.backbone,
    ...(flags.data !== undefined && { data: flags.data }),
    ...(flags.heldOut !== undefined && { heldOut: flags.heldOut }),
    ...(flags.data !== undefined && isTablePath(flags.data) && { columns: columnsOf(flags) }),
    listen: flags.listen ?? [DEFAULT_LISTEN],
    peers: flags.peer ?? [],
    ...(flags.announce !== undefined && { announce: flags.announce }),
    ...(flags.reachable !== undefined && { reachable: flags.reachable }),
    ...(flags.relay !== undefined && { relay: flags.relay }),
    ...(flags.restPrecision !== undefined && { restPrecision: flags.restPrecision }),
    ...(flags.listenOnly === true && { listenOnly: true }),
    ...(flags.threads !== undefined && { threads: flags.threads }),
    ...(flags.runtime !== undefined && { runtime: flags.runtime }),
  }
}

function assertData({ data, heldOut, listenOnly }: SiteFlags): void {
  if (data !== undefined) return
  if (listenOnly !== true) throw new PeermergeError('ERR_OPTIONS', '--data: expected the samples of this site; give them, or --listen-only for one that publishes nothing') // prettier-ignore
  if (heldOut !== undefined) throw new PeermergeError('ERR_OPTIONS', '--held-out: expected --data beside it; or give these samples as --data') // prettier-ignore
}
