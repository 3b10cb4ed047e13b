import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { decideAtHome } from '../../outbox/decide-at-home.ts'
import { readItems } from '../../outbox/read-outbox.ts'
import { reportOf } from '../../outbox/outbox-report.ts'
import { renderDecided, renderOutbox, renderShown } from '../../outbox/render-outbox.ts'
import { showHeld } from '../../outbox/show-held.ts'
import type { OutboxCommand } from '../../policy/policy-command.ts'
import { checkCommand } from '../../command-request.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface HomeFlags {
  readonly home: string
}

interface WordFlags extends HomeFlags {
  readonly by: string
  readonly reason: string
}

export const outboxCommand: CommandFactory = (context, done) =>
  new Command('outbox')
    .summary('what waits for a person before it leaves this site: list, show, release, refuse')
    .description(
      'Where policy.json says outbox, every own contribution is held, unsigned and unannounced, until a named person releases it. Works while the node runs, and without.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge outbox list\n  peermerge outbox show 3f9c2a7b\n  peermerge outbox release 3f9c2a7b --by "A. Novak" --reason "agreed on 12 March"\n  peermerge outbox refuse 3f9c2a7b --by "A. Novak"',
    )
    .addCommand(listCommand(context, done))
    .addCommand(showCommand(context, done))
    .addCommand(wordCommand('release')(context, done))
    .addCommand(wordCommand('refuse')(context, done))

const listCommand: CommandFactory = (context, done) =>
  new Command('list')
    .summary('what is held, and what people have said of what was')
    .addOption(homeOption())
    .addHelpText(
      'after',
      '\nExample:\n  peermerge outbox list --home ./hospital-a --json | jq \'.[] | select(.state == "held").id\'',
    ) // prettier-ignore
    .action(async ({ home }: HomeFlags) => {
      const items = (await readItems(homePaths(home).outbox)).map(reportOf)
      context().output.result(items, renderOutbox(items))
      done(EXIT.ok)
    })

const showCommand: CommandFactory = (context, done) =>
  new Command('show')
    .summary('what would leave, tensor by tensor')
    .description(
      'Name, number type, shape, bytes and digest of every tensor, samples behind it by class, clipping and noise: what everybody, or whoever fetches it, would get.',
    )
    .argument('<id>', 'the beginning of it is enough')
    .addOption(homeOption())
    .addHelpText('after', '\nExample:\n  peermerge outbox show 3f9c2a7b --home ./hospital-a')
    .action(async (id: string, { home }: HomeFlags) => {
      const shown = await showHeld(homePaths(home), id)
      context().output.result(shown, renderShown(shown))
      done(EXIT.ok)
    })

const WORDS = {
  release: {
    summary: 'lets it leave: it is signed, announced and served from now on',
    description:
      'What has left cannot be called back; withdraw takes it out of merges. The name and the reason go into the audit log.',
  },
  refuse: {
    summary: 'it never leaves; the node makes another when there is something new to make it of',
    description:
      'Its payload is deleted. The name and the reason go into the audit log, and stay at this site.',
  },
} as const

function wordCommand(word: keyof typeof WORDS): CommandFactory {
  return (context, done) =>
    new Command(word)
      .summary(WORDS[word].summary)
      .description(WORDS[word].description)
      .argument('<id>', 'the beginning of it is enough')
      .requiredOption('--by <name>', 'whose word that is')
      .option('--reason <text>', 'why', '')
      .addOption(homeOption())
      .addHelpText(
        'after',
        `\nExample:\n  peermerge outbox ${word} 3f9c2a7b --by "A. Novak" --reason "ticket 4711"`,
      ) // prettier-ignore
      .action(async (id: string, { home, by, reason }: WordFlags) => {
        const { output, signal } = context()
        const command = checkCommand(JSON.stringify({ command: `outbox-${word}`, id, by, reason })) as OutboxCommand // prettier-ignore
        const item = await decideAtHome(homePaths(home), command, { signal, wallNow: Date.now })
        output.result(item, renderDecided(item))
        done(EXIT.ok)
      })
}
