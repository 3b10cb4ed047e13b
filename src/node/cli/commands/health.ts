import { Command, Option } from 'commander'
import { askHealth } from '../../health/ask-health.ts'
import { renderHealth } from '../../health/render-health.ts'
import { HEALTH_QUESTIONS, type HealthQuestion } from '../../health/types.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface HealthFlags {
  readonly home: string
  readonly require: HealthQuestion
}

export const healthCommand: CommandFactory = (context, done) =>
  new Command('health')
    .summary('whether the node of a home is live, ready, and in agreement with all members')
    .description(
      'Three answers for whoever supervises a node. Restart it only where it is not live: one that is not in agreement may just lack a member that is away.',
    )
    .addOption(homeOption())
    .addOption(
      new Option('--require <answer>', 'which of them the exit code tells')
        .choices(HEALTH_QUESTIONS)
        .default('live'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async ({ home, require }: HealthFlags) => {
      const health = await askHealth(home)
      context().output.result(health, renderHealth(health))
      done(health[require] ? EXIT.ok : EXIT.checkFailed)
    })

const EXAMPLES = `
Examples:
  peermerge health --home ./hospital-a                         # exit code 0: the node answers
  peermerge health --home ./hospital-a --require agreement     # exit code 0: all members hold its merge
  peermerge health --json | jq .why.ready`
