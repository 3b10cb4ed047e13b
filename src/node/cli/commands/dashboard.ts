import { spawn } from 'node:child_process'
import { Command } from 'commander'
import { connectControl } from '../../control-client.ts'
import type { DashboardAddress } from '../../dashboard/dashboard-port.ts'
import { homePaths } from '../../home.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface DashboardFlags {
  readonly home: string
  readonly open?: boolean
}

export const dashboardCommand: CommandFactory = (context, done) =>
  new Command('dashboard')
    .summary('a page about the running node, for a browser on this machine')
    .description(
      'Prints the address of the dashboard of the node that runs a home, token included, and has the node open it where it is not open yet. Whoever has the address can look; nothing can be changed there.',
    )
    .addOption(homeOption())
    .option('--open', 'show it in the browser of this desktop')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge dashboard --home ./hospital-a --open\n  peermerge dashboard --json | jq -r .open\n  ssh -L 8686:127.0.0.1:8686 site    # for a node elsewhere that runs with --dashboard 127.0.0.1:8686',
    )
    .action(async ({ home, open = false }: DashboardFlags) => {
      const { output, signal } = context()
      const control = await connectControl(homePaths(home))
      const address = (await control.execute({ command: 'dashboard' }, { signal })) as DashboardAddress
      output.result(address, address.open)
      if (open && !(await showInBrowser(address.open)))
        output.note('no browser was found; open the address yourself')
      done(EXIT.ok)
    })

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** False where the desktop has nothing that opens an address. The browser outlives this process. */
function showInBrowser(address: string): Promise<boolean> {
  const [program = 'xdg-open', ...args] = OPENERS[process.platform] ?? []
  return new Promise((resolve) => {
    const child = spawn(program, [...args, address], { detached: true, stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
