import { Command, InvalidArgumentError } from 'commander'
import { classesIn } from '../../class-folders.ts'
import { createSite } from '../../site-setup.ts'
import { addModelOptions, charterModel, type ModelFlags } from '../model-options.ts'
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
}

export const createCommand: CommandFactory = (context, done) => {
  const command = addSiteOptions(new Command('create'))
    .summary('found a consortium: write its charter')
    .description(
      'Writes the charter that all members share, and this site’s key and settings. Nothing is sent.',
    )
    .requiredOption('--name <name>', 'name of the consortium')
    .option('--member <id=name>', 'peer id and name of another member, may be given again', collectMember)
    .option('--classes <list>', 'class names in order (default: the folders or labels in --data)', list)
  return addModelOptions(command, { learningRate: 2e-3, epochs: 2 })
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CreateFlags) => {
      const { output, signal } = context()
      const classes = flags.classes ?? (await classesIn(flags.data, columnsOf(flags)))
      const { name, member: members = [] } = flags
      const charter = { name, classes, members, ...charterModel(flags, name) }
      const setup = await createSite(siteOptions(flags), charter, { signal, progress: process.stderr })
      const next = `give ${setup.charterFile} to the members, then: peermerge run --home ${setup.home}`
      output.result(setup, `consortium ${setup.charter.slice(0, 12)} founded by ${setup.peer}\nnext: ${next}`)
      done(EXIT.ok)
    })
}

const EXAMPLES = `
Example:
  peermerge identity --home ./b                       # at the other site; it sends you its peer id
  peermerge create --home ./a --name scans --site hospital-a --backbone ./vit-tiny --data ./scans \\
    --member 12D3KooW…=hospital-b --image-size 112`

function collectMember(value: string, earlier: readonly Member[] | undefined): Member[] {
  const at = value.indexOf('=')
  if (at < 1 || at === value.length - 1)
    throw new InvalidArgumentError(
      'expected PEER_ID=NAME; the other site gets its id from peermerge identity',
    )
  return [...(earlier ?? []), { id: value.slice(0, at), name: value.slice(at + 1) }]
}
