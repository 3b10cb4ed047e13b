import '../../src/polyfill.ts'
import { Command } from 'commander'
import { PeermergeError } from '../../src/errors.ts'
import { faultCommands } from './commands/fault-commands.ts'
import { raiseCommands } from './commands/raise-commands.ts'
import { watchCommands } from './commands/watch-commands.ts'

const EXAMPLES = `
Examples:
  scripts/swarm build                                        # once, and after changes
  scripts/swarm up --peers 6                                 # docker compose: founder, relay, two sites in the north, two in the south
  docker swarm init && scripts/swarm up --peers 10 --stack   # docker stack deploy: founder and nine replicas
  scripts/swarm status --wait 600
  scripts/swarm partition 'founder,site-1|site-2,site-3' && sleep 60 && scripts/swarm heal
  scripts/swarm slow site-2 --delay 800 --rate 32
  scripts/swarm kill site-3 && scripts/swarm restart site-3
  scripts/swarm add && scripts/swarm remove site-5
  scripts/swarm up --peers 6 --contributions 40 && scripts/swarm chaos --seed 7 --minutes 10
  scripts/swarm down`

const program = new Command('scripts/swarm')
  .description('Raises a consortium in containers, breaks it on purpose, and tells whether it held.')
  .option('--json', 'machine-readable output')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(add --help for the options and examples)')
  .addHelpText('after', EXAMPLES)
const json = (): boolean => program.opts<{ json?: true }>().json === true
for (const command of [...raiseCommands(json), ...watchCommands(json), ...faultCommands(json)]) {
  command.copyInheritedSettings(program)
  program.addCommand(command)
}

try {
  await program.parseAsync()
} catch (error) {
  const { message, stack } = error as Error
  process.stderr.write(`error ${error instanceof PeermergeError ? message : (stack ?? message)}\n`)
  process.exitCode = 2
}
