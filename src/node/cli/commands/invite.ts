import { Option } from 'commander'
import pc from 'picocolors'
import type { Invitation } from '../../membership/types.ts'
import type { CommandFactory } from '../command.ts'
import { duration } from '../duration.ts'
import { executeAndPrint, homeCommand } from '../home-command.ts'
import { collectAddress, positiveInteger } from '../options.ts'

interface InviteFlags {
  readonly home: string
  readonly uses: number
  readonly expires: number
  readonly address?: readonly string[]
}

const DEFAULT_EXPIRES = '7d'

export const inviteCommand: CommandFactory = (context, done) =>
  homeCommand('invite', 'make a ticket with which another site can join', DESCRIPTION, EXAMPLES)
    .option('--uses <n>', 'sites that it lets in', positiveInteger, 1)
    .addOption(
      new Option('--expires <time>', 'how long it holds: 90s, 30m, 12h, 7d, 2w')
        .argParser(duration)
        .default(duration(DEFAULT_EXPIRES), DEFAULT_EXPIRES),
    )
    .option(
      '--address <address>',
      'where this site can be dialled, as HOST:PORT or multiaddr, before what the node knows; another member’s ends in /p2p/ID; may be given again',
      collectAddress,
    )
    .action(async ({ home, uses, expires, address = [] }: InviteFlags) => {
      const command = { command: 'invite' as const, uses, expiresMs: expires, addresses: [...address] }
      done(await executeAndPrint(context(), home, command, renderInvitation))
    })

const DESCRIPTION =
  'Signs a ticket for a site that is to join. Send it by any means; what its holder asks for is decided here (peermerge accept), or by the charter.'

const EXAMPLES = `  peermerge invite --home ./hospital-a
  peermerge invite --uses 5 --expires 2d --address hospital-a.example:4001`

function renderInvitation({
  ticket,
  fingerprint,
  expires,
  uses,
  addresses,
  secret,
  warning,
}: Invitation): string {
  return [
    ticket,
    `fingerprint ${pc.bold(fingerprint)}, for ${uses === 1 ? 'one site' : `${uses} sites`}, until ${expires}`,
    `members at ${addresses.join(', ')}`,
    ...(warning === null ? [] : [pc.yellow(`warning: ${warning}`)]),
    ...(secret
      ? [pc.yellow('The ticket carries the network key: send it as you would send a password.')]
      : []),
  ].join('\n')
}
