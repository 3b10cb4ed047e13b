import { Command } from 'commander'
import { PeermergeError } from '../../../errors.ts'
import { readCharterFile } from '../../charter-file.ts'
import { inspectFile } from '../../inspect/inspect-file.ts'
import { isSound } from '../../inspect/inspection.ts'
import type { CommandFactory } from '../command.ts'
import { renderInspection } from '../render-inspection.ts'
import { EXIT } from '../output.ts'

export const inspectCommand: CommandFactory = (context, done) =>
  new Command('inspect')
    .argument('<file>', 'contribution file, envelope, safetensors of any kind, charter.json or merge.json')
    .summary('say what a file is and what it holds, whoever made it')
    .description(
      'Header fields, signature, digests as written and as computed, every tensor with its range; with a charter also whether it would be admitted, and why not. Safe on files of strangers.',
    )
    .option('--charter <file>', 'charter.json to judge a contribution by')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge inspect ./bundle/12D3….contribution --charter ./bundle/charter.json\n  peermerge inspect adapter_model.safetensors\n\nExit code 1: the file cannot be read as any of these, or something in it does not hold.',
    )
    .action(async (file: string, flags: { charter?: string }) => {
      const { output } = context()
      const charter = flags.charter === undefined ? undefined : await readCharterFile(flags.charter)
      try {
        const found = await inspectFile(file, charter)
        const ok = isSound(found)
        output.result({ ...found, ok }, renderInspection(found))
        done(ok ? EXIT.ok : EXIT.checkFailed)
      } catch (error) {
        if (!(error instanceof PeermergeError)) throw error
        const { code, message, detail } = error
        output.result({ file, ok: false, error: { code, message, detail } }, `cannot be read: ${message}`)
        done(EXIT.checkFailed)
      }
    })
