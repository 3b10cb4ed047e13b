import { Command } from 'commander'
import { positiveInteger } from '../../../src/node/cli/options.ts'
import { renderChaos } from '../chaos/chaos-report.ts'
import { runChaos } from '../chaos/run-chaos.ts'
import { NO_FAULTS } from '../../switchboard/faults.ts'
import { faultsInForce, parseGroups, putFaults } from '../links.ts'
import { add, kill, pause, remove, restart } from '../site-faults.ts'
import { print, say, withName, type NameFlags } from './context.ts'

export function faultCommands(json: () => boolean): Command[] {
  return [
    siteCommand(
      'kill',
      'end a site as a power cut would; in a stack the engine starts it again by itself',
      kill,
    ),
    siteCommand('pause', 'freeze a site; restart ends it. In a stack the engine replaces a site that is frozen for half a minute', pause), // prettier-ignore
    siteCommand('restart', 'end a pause, start what was killed, or stop and start what runs', restart),
    siteCommand('remove', 'have a site leave the consortium, and take its container away', remove),
    addCommand(),
    partitionCommand(),
    slowCommand(),
    healCommand(),
    chaosCommand(json),
  ]
}

function siteCommand(
  verb: string,
  text: string,
  act: (name: string, site: string) => Promise<void>,
): Command {
  return withName(new Command(verb))
    .description(text)
    .argument('<site>')
    .action(async (site: string, { name }: NameFlags) => act(name, site))
}

function addCommand(): Command {
  return withName(new Command('add'))
    .description('one site more, which joins by itself')
    .option('--south', 'of a compose swarm: where only the relay is reached')
    .action(async ({ name, south }: NameFlags & { south?: true }) => {
      say(`${await add(name, south === true ? 'south' : 'north')} is on its way`)
    })
}

function partitionCommand(): Command {
  return withName(new Command('partition'))
    .description('let sites reach only those of their group; those that are not named are with the first')
    .argument('<groups>', 'such as founder,site-1|site-2,site-3')
    .action(async (text: string, { name }: NameFlags) => {
      await putFaults(name, { ...(await faultsInForce(name)), groups: parseGroups(text) })
    })
}

function slowCommand(): Command {
  return withName(new Command('slow'))
    .description('make all links to and from a site slow')
    .argument('<site>')
    .option('--delay <ms>', 'each way', positiveInteger, 500)
    .option('--rate <KiB/s>', 'of each connection and way', positiveInteger, 64)
    .action(
      async (site: string, { name, delay: delayMs, rate }: NameFlags & { delay: number; rate: number }) => {
        const { groups, slow } = await faultsInForce(name)
        await putFaults(name, { groups, slow: { ...slow, [site]: { delayMs, bytesPerSecond: rate * 1024 } } })
      },
    )
}

function healCommand(): Command {
  return withName(new Command('heal'))
    .description('end all partitions and slow links')
    .action(async ({ name }: NameFlags) => putFaults(name, NO_FAULTS))
}

interface ChaosFlags extends NameFlags {
  readonly seed: string
  readonly minutes: number
  readonly patience: number
}

function chaosCommand(json: () => boolean): Command {
  return withName(new Command('chaos'))
    .description('do all this at random to a swarm that is up, and report; exit code 1 where it did not hold')
    .option('--seed <text>', 'the same seed does the same', '1')
    .option('--minutes <n>', 'for so long', positiveInteger, 10)
    .option(
      '--patience <seconds>',
      'for all to catch up after a fault, and to settle at the end',
      positiveInteger,
      600,
    ) // prettier-ignore
    .action(async ({ name, seed, minutes, patience }: ChaosFlags) => {
      const report = await runChaos({ name, seed, minutes, patienceMs: patience * 1000, say })
      print(report, renderChaos(report), json())
      if (!report.passed) process.exitCode = 1
    })
}
