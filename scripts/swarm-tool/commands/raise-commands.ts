import { Command } from 'commander'
import { positiveInteger } from '../../../src/node/cli/options.ts'
import { buildImages } from '../build-images.ts'
import { lower } from '../lower.ts'
import { raiseCompose } from '../raise-compose.ts'
import { raiseStack } from '../raise-stack.ts'
import type { SwarmSettings } from '../settings.ts'
import { print, say, withName, type NameFlags } from './context.ts'

type UpFlags = Omit<SwarmSettings, 'name'> & NameFlags & { readonly stack?: true }

export function raiseCommands(json: () => boolean): Command[] {
  return [buildCommand(json), upCommand(), downCommand()]
}

function buildCommand(json: () => boolean): Command {
  return new Command('build')
    .description('build the images of the node and of the switchboard')
    .option('--base <image>', 'with Node.js 20.20 or later and npm (default: as in docker/Dockerfile)')
    .option(
      '--network <name>',
      'what the build may reach: none, if docker/npm-cache.sh has fetched the packages',
    )
    .action(async (flags: { base?: string; network?: string }) => {
      say('building; the first time takes minutes')
      const bytes = await buildImages(flags)
      print({ bytes }, `built; a node's image has ${Math.round(bytes / 1e6)} MB`, json())
    })
}

function upCommand(): Command {
  return withName(new Command('up'))
    .description(
      'raise a swarm of sites that train the built-in demo data; with --stack by docker stack deploy',
    )
    .option('--peers <n>', 'sites in all: a founder, with compose a relay, and others', positiveInteger, 5)
    .option('--stack', 'on the docker swarm that this engine manages, in place of docker compose')
    .option('--contributions <n>', 'that each site trains', positiveInteger, 3)
    .option('--epochs <n>', 'behind each of them', positiveInteger, 2)
    .option('--pictures <n>', 'of each site', positiveInteger, 200)
    .option('--cpus <x>', 'most processors of a container', '1')
    .option('--memory <size>', 'most memory of a container', '1G')
    .action(async ({ stack, ...settings }: UpFlags) => {
      say(`raising ${settings.peers} sites as ${settings.name}`)
      await (stack === true ? raiseStack(settings) : raiseCompose(settings))
      say('raised; scripts/swarm status says how far they are')
    })
}

function downCommand(): Command {
  return withName(new Command('down'))
    .description('take a swarm down with all that belongs to it: containers, networks, volumes, secrets')
    .action(async ({ name }: NameFlags) => {
      await lower(name)
      say(`${name} is gone`)
    })
}
