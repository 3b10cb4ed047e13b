import { Command } from 'commander'
import { adoptIdentity, openIdentity } from '../../identity-file.ts'
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
    .option('--key-file <file>', 'take this key, made elsewhere, if the home has none yet')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge identity --home ./hospital-a\n  peermerge identity --home /data/site --key-file /run/secrets/site-key',
    )
    .action(async ({ home, keyFile }: { home: string; keyFile?: string }) => {
      const paths = homePaths(home)
      const { peer } = await (keyFile === undefined ? openIdentity(paths) : adoptIdentity(paths, keyFile))
      context().output.result({ peer, home }, peer)
      done(EXIT.ok)
    })
