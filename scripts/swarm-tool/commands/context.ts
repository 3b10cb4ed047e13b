import { Option, type Command } from 'commander'

/** What every command of the tool is told. */
export interface NameFlags {
  readonly name: string
}

/** A swarm's name: of the stack, or the compose project. */
export function withName(command: Command): Command {
  return command.addOption(
    new Option('--name <name>', 'of the swarm').env('PEERMERGE_SWARM').default('peermerge-swarm'),
  )
}

export function print(value: unknown, text: string, json: boolean): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`)
}

/** To people, on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
