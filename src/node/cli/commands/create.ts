import { Command, InvalidArgumentError, Option } from 'commander'
import { PeermergeError } from '../../../errors.ts'
import { classesIn } from '../../class-folders.ts'
import { createSite, type SiteSetup } from '../../site-setup.ts'
import { charterModel } from '../charter-model.ts'
import { addModelOptions, type ModelFlags } from '../model-options.ts'
import { list } from '../options.ts'
import { EXIT } from '../output.ts'
import type { CommandFactory } from '../command.ts'
import { addSiteOptions, columnsOf, siteOptions, type SiteFlags } from '../site-options.ts'

interface Member {
  readonly id: string
  readonly name: string
}

interface CreateFlags extends SiteFlags, ModelFlags {
  readonly name: string
  readonly member?: readonly Member[]
  readonly classes?: readonly string[]
  readonly join: 'accept' | 'ticket'
  readonly scores: 'own' | 'shared'
  readonly networkKey?: true
}

const DEFAULTS = { adapter: 'lora-ab', learningRate: { lora: 2e-3, ravan: 1e-2 }, epochs: 2 } as const

export const createCommand: CommandFactory = (context, done) => {
  const command = addSiteOptions(new Command('create'))
    .summary('found a consortium: write its charter')
    .description(
      'Writes the charter that all members share, and this site’s key and settings. Nothing is sent.',
    )
    .requiredOption('--name <name>', 'name of the consortium')
    .option(
      '--member <id=name>',
      'peer id and name of another founding member, may be given again',
      collectMember,
    )
    .addOption(
      new Option('--join <policy>', 'what lets another site in: a member’s word, or a valid ticket alone')
        .choices(['accept', 'ticket'])
        .default('accept'),
    )
    .addOption(
      new Option('--scores <who>', 'who sees how merges do on a site’s held-out samples: that site, or all members') // prettier-ignore
        .choices(['own', 'shared'])
        .default('own'),
    )
    .option(
      '--network-key',
      'make a key for the network, without which nobody can even shake hands; tickets carry it',
    )
    .option('--classes <list>', 'class names in order (default: the folders or labels in --data)', list)
  return addModelOptions(command, DEFAULTS)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CreateFlags) => {
      const { output, signal } = context()
      const site = siteOptions(flags)
      const classes = flags.classes ?? (await classesOf(flags))
      const { name, join, scores, member: members = [] } = flags
      const charter = { name, classes, members, join, scores, ...charterModel(flags, name, DEFAULTS) }
      const setup = await createSite({ ...site, networkKey: flags.networkKey === true }, charter, {
        signal,
        progress: process.stderr,
      })
      output.result(
        setup,
        `consortium ${setup.charter.slice(0, 12)} founded by ${setup.peer}\n${nextSteps(setup)}`,
      )
      done(EXIT.ok)
    })
}

/** @throws PeermergeError ERR_OPTIONS - there are no data to read them from */
async function classesOf(flags: SiteFlags): Promise<readonly string[]> {
  if (flags.data !== undefined) return await classesIn(flags.data, columnsOf(flags))
  throw new PeermergeError('ERR_OPTIONS', '--classes: expected the classes, as no --data are given whose labels they could be') // prettier-ignore
}

function nextSteps({ home }: SiteSetup): string {
  return `next: peermerge run --home ${home}\nthen, for each other site: peermerge invite --home ${home}`
}

const EXAMPLES = `
Example:
  peermerge create --home ./a --name scans --site hospital-a --backbone ./vit-tiny --data ./scans --image-size 112
  peermerge create … --relay --announce hospital-a.example:4001      # relays for sites that only dial out
  peermerge run --home ./a
  peermerge invite --home ./a                         # a ticket for another site, which then says peermerge join`

function collectMember(value: string, earlier: readonly Member[] | undefined): Member[] {
  const at = value.indexOf('=')
  if (at < 1 || at === value.length - 1)
    throw new InvalidArgumentError(
      'expected PEER_ID=NAME; the other site gets its id from peermerge identity',
    )
  return [...(earlier ?? []), { id: value.slice(0, at), name: value.slice(at + 1) }]
}
