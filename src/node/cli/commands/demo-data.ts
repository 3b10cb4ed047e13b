import { resolve } from 'node:path'
import { Command } from 'commander'
import { BUILT_IN_BACKBONE, SURFACE_CLASSES } from '../../../training/index.ts'
import { writeDemoSite } from '../../demo/demo-site.ts'
import { DEMO_COUNT, DEMO_SIZE } from '../../demo/surface-sites.ts'
import type { CommandFactory } from '../command.ts'
import { positiveInteger } from '../options.ts'
import { EXIT } from '../output.ts'

interface DemoDataFlags {
  readonly site: number
  readonly out: string
  readonly count: number
  readonly size: number
  readonly seed: string
}

export const demoDataCommand: CommandFactory = (context, done) =>
  new Command('demo-data')
    .summary('write the built-in pictures of one site, for a consortium to try things out with')
    .description(
      'Pictures of surfaces made from formulas, as class folders for --data of create and join. Sites 1 to 4 differ in material, light and camera, and each lacks classes; from 5 on the four come again with other pictures. The same options write the same files.',
    )
    .requiredOption('--site <number>', 'which site, from 1', positiveInteger)
    .requiredOption('--out <dir>', 'folder for the class folders; what was there is replaced')
    .option('--count <n>', 'pictures', positiveInteger, DEMO_COUNT)
    .option('--size <pixels>', 'side of each', positiveInteger, DEMO_SIZE)
    .option('--seed <text>', 'of the pictures', 'demo')
    .addHelpText('after', EXAMPLES)
    .action(async ({ site: number, out, ...flags }: DemoDataFlags) => {
      const { output, signal } = context()
      const industry = await writeDemoSite({ ...flags, number, out, signal })
      const result = {
        site: number,
        industry,
        data: resolve(out),
        classes: SURFACE_CLASSES,
        backbone: BUILT_IN_BACKBONE,
      }
      output.result(result, `${flags.count} pictures of a ${industry} in ${out}\n${nextStep(out)}`)
      done(EXIT.ok)
    })

function nextStep(out: string): string {
  return `next: peermerge create --data ${out} --classes ${SURFACE_CLASSES.join(',')} --backbone ${BUILT_IN_BACKBONE} …`
}

const EXAMPLES = `
Examples:
  peermerge demo-data --site 1 --out ./data-1
  peermerge demo-data --site 7 --out ./data-7 --count 80
  peermerge demo-data --site 1 --out ./data-1 --json | jq -r .backbone     # the built-in backbone, for --backbone`
