import { Command } from 'commander'
import { joinSite } from '../../site-setup.ts'
import { EXIT } from '../output.ts'
import type { CommandFactory } from '../command.ts'
import { addSiteOptions, siteOptions, type SiteFlags } from '../site-options.ts'

export const joinCommand: CommandFactory = (context, done) =>
  addSiteOptions(new Command('join').argument('<charter>', 'charter.json of the consortium'))
    .summary('enter a consortium with its charter')
    .description(
      'Checks that this site’s key is a member and that its backbone is the charter’s, then writes the settings. Nothing is sent.',
    )
    .addHelpText(
      'after',
      `\nExample:\n  peermerge join charter.json --home ./hospital-b --site hospital-b --backbone ./vit-tiny --data ./scans \\\n    --peer /dns4/hospital-a.example/tcp/4001/p2p/12D3KooW…`,
    )
    .action(async (charter: string, flags: SiteFlags) => {
      const { output, signal } = context()
      const setup = await joinSite(siteOptions(flags), charter, { signal, progress: process.stderr })
      output.result(setup, `joined ${charter} as ${setup.peer}\nnext: peermerge run --home ${setup.home}`)
      done(EXIT.ok)
    })
