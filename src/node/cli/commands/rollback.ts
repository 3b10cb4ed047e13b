import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { renderServing } from '../../serving/render-choices.ts'
import { rollBack } from '../../serving/roll-back.ts'
import { byOption, NOT_RECORDED } from '../by-option.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface RollbackFlags {
  readonly home: string
  readonly by?: string
}

export const rollbackCommand: CommandFactory = (context, done) =>
  new Command('rollback')
    .summary('serves an earlier model again, at once')
    .description(
      'One that was served before, its file checked to be as it was then; a merge that the home keeps; or any merge of the site’s log, computed again from its contributions as long as their payloads are here: what comes out must have the digest. Newer models are left alone until peermerge choose. Works while a node runs there.',
    )
    .argument('[digest]', 'the beginning of it is enough (default: the one served before)')
    .addOption(homeOption())
    .addOption(byOption())
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge rollback --home ./a\n  peermerge rollback 3f9c2a --home ./a --by "Dr. Meyer"\n  peermerge audit list --home ./a --kind merge-computed,model-adopted,model-chosen    # what there was',
    )
    .action(async (digest: string | undefined, { home, by }: RollbackFlags) => {
      const { output, signal } = context()
      const onRebuild = (merge: string): void => output.note(`merge ${merge.slice(0, 12)} is computed again`)
      const { serving, recorded } = await rollBack(homePaths(home), { digest, who: by, now: Date.now, signal, onRebuild }) // prettier-ignore
      output.result({ ...serving, recorded }, renderServing(serving))
      if (!recorded) output.note(NOT_RECORDED)
      done(EXIT.ok)
    })
