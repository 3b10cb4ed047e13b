import { Command } from 'commander'
import { openIdentity } from '../../identity-file.ts'
import { homePaths } from '../../home.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'
import type { CommandFactory } from '../command.ts'

export const identityCommand: CommandFactory = (context, done) =>
  new Command('identity')
    .summary('show this site’s peer id, making its key first if there is none')
    .description(
      'Shows the peer id that a founder needs to list this site in the charter. The private key stays in the home, readable by its owner only.',
    )
    .addOption(homeOption())
    .addHelpText('after', '\nExample:\n  peermerge identity --home ./hospital-a')
    .action(async (options: { home: string }) => {
      const { output } = context()
      const { peer } = await openIdentity(homePaths(options.home))
      output.result({ peer, home: options.home }, peer)
      done(EXIT.ok)
    })
