import { Command } from 'commander'
import pc from 'picocolors'
import { PeermergeError } from '../../../errors.ts'
import { connectControl } from '../../control-client.ts'
import { describeEvent, EVENT_TYPES } from '../../describe-event.ts'
import { homePaths } from '../../home.ts'
import type { TimedEvent } from '../../recent-events.ts'
import { homeOption, list } from '../options.ts'
import { EXIT } from '../output.ts'
import type { CommandFactory } from '../command.ts'

interface EventsFlags {
  readonly home: string
  readonly type?: readonly string[]
  readonly sinceStart?: boolean
}

const TYPE_WIDTH = Math.max(...EVENT_TYPES.map((type) => type.length))

export const eventsCommand: CommandFactory = (context, done) =>
  new Command('events')
    .summary('follows what the running node of a home tells, until it stops')
    .description(
      `Prints events from now on. Types: ${EVENT_TYPES.join(', ')}. What they say is in docs/operating.md.`,
    )
    .addOption(homeOption())
    .option('--type <types>', 'only these, separated by commas', list)
    .option('--since-start', 'first the newest ones since the node started, as far as it remembers them')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge events --home ./hospital-a --type agreement,problem\n  peermerge events --json --since-start | jq -c \'select(.type == "merged")\'',
    )
    .action(async ({ home, type, sinceStart }: EventsFlags) => {
      const { output, signal } = context()
      const wanted = wantedTypes(type)
      const control = await connectControl(homePaths(home))
      for await (const event of control.events({ signal, sinceStart })) {
        if (!wanted.has(event.type)) continue
        if (output.json) output.event(event)
        else output.result(event, eventText(event))
      }
      signal.throwIfAborted()
      done(EXIT.ok)
    })

/** @throws PeermergeError ERR_OPTIONS - a type that there is not */
function wantedTypes(types: readonly string[] = EVENT_TYPES): ReadonlySet<string> {
  const unknown = types.find((type) => !EVENT_TYPES.some((one) => one === type))
  if (unknown === undefined) return new Set(types)
  throw new PeermergeError('ERR_OPTIONS', `--type: ${unknown} is none of ${EVENT_TYPES.join(', ')}`)
}

function eventText(event: TimedEvent): string {
  return `${pc.dim(event.at)}  ${pc.cyan(event.type.padEnd(TYPE_WIDTH))}  ${describeEvent(event) ?? ''}`
}
