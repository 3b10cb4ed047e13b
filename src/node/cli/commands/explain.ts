import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { explainPersonal } from '../../personal/explain-personal.ts'
import { renderExplanation } from '../../personal/render-explanation.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface ExplainFlags {
  readonly home: string
  readonly alone?: string
}

export const explainCommand: CommandFactory = (context, done) =>
  new Command('explain')
    .summary('what this site’s own model gains by the others, how far it trusts them, what of it is personal')
    .description(
      'Of a stopped node in a consortium whose sites keep models of their own: compares that model with the merge, the frozen backbone and, where it is given, this site alone, on this site’s held-out samples, class by class; and says how far the mixer of each layer trusts the rest of the world (FedALT), or which entries became personal and when (FedSelect).',
    )
    .addOption(homeOption())
    .option('--alone <file>', 'state of this site alone, as peermerge train writes it')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge explain --home ./a\n  peermerge train --home ./a --out alone.safetensors\n  peermerge explain --home ./a --alone alone.safetensors --json',
    )
    .action(async ({ home, alone }: ExplainFlags) => {
      const { output, signal } = context()
      const found = await explainPersonal(homePaths(home), { alone, signal, progress: process.stderr })
      output.result(found, renderExplanation(found))
      done(EXIT.ok)
    })
