import { Command } from 'commander'
import { writeFileAtomic } from '../../atomic-file.ts'
import { drawCharts } from '../../charts/draw-charts.ts'
import { homePaths } from '../../home.ts'
import { explainPersonal, type PersonalExplanation } from '../../personal/explain-personal.ts'
import { explanationChart } from '../../personal/explanation-chart.ts'
import { renderExplanation } from '../../personal/render-explanation.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface ExplainFlags {
  readonly home: string
  readonly alone?: string
  readonly picture?: string
}

export const explainCommand: CommandFactory = (context, done) =>
  new Command('explain')
    .summary('what this site’s own model gains by the others, how far it trusts them, what of it is personal')
    .description(
      'In a consortium whose sites keep models of their own, while a node runs there or not: compares that model with the merge, the frozen backbone and, where it is given, this site alone, on this site’s held-out samples, class by class; and says how far the mixer of each layer trusts the rest of the world (FedALT), or which entries became personal and when (FedSelect).',
    )
    .addOption(homeOption())
    .option('--alone <file>', 'state of this site alone, as peermerge train writes it')
    .option('--picture <file.svg>', 'the second table as a map of colours, to this file')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge explain --home ./a\n  peermerge train --home ./a --out alone.safetensors\n  peermerge explain --home ./a --alone alone.safetensors --json\n  peermerge explain --home ./a --picture trust.svg',
    )
    .action(async ({ home, alone, picture }: ExplainFlags) => {
      const { output, signal } = context()
      const found = await explainPersonal(homePaths(home), { alone, signal, progress: process.stderr })
      if (picture !== undefined) await draw(found, picture)
      output.result(found, renderExplanation(found))
      done(EXIT.ok)
    })

/** @throws PeermergeError ERR_CHARTS_MISSING */
async function draw(found: PersonalExplanation, file: string): Promise<void> {
  const drawn = await drawCharts([{ file, spec: explanationChart(found) }])
  await writeFileAtomic(file, drawn.get(file)!)
}
