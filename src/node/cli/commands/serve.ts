import { Command, InvalidArgumentError } from 'commander'
import { homePaths } from '../../home.ts'
import { describeModel } from '../../predict/render-answers.ts'
import { startServing } from '../../serve/serve.ts'
import type { CommandFactory } from '../command.ts'
import { addLogOptions, openLog, type LogFlags } from '../log-options.ts'
import { modelOption } from '../model-option.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface ServeFlags extends LogFlags {
  readonly home: string
  readonly model?: string
  readonly port: number
  readonly tokenFile?: string
  readonly addressFile?: string
}

export const serveCommand: CommandFactory = (context, done) =>
  addLogOptions(describeServe()).action(async ({ home, ...flags }: ServeFlags) => {
    const { output, signal } = context()
    using log = openLog(flags, output.json)
    const init = { ...flags, logger: log.logger, progress: process.stderr, signal }
    await using server = await startServing(homePaths(home), init)
    const { url, addressFile, model } = server
    if (output.json) output.event({ type: 'serving', url, addressFile, model: model.name })
    else output.note(`${url} answers by ${describeModel(model.name)}; token in ${addressFile}`)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await server.stop()
    done(EXIT.ok)
  })

function describeServe(): Command {
  return new Command('serve')
    .summary('answer over HTTP on this machine, by a model of this site')
    .description(
      'Answers POST /v1/predict on loopback until it is stopped, by what the site serves as that changes, or by the model that is named. Works beside a running node. Requests carry the bearer token of serve.json in the home, readable by its owner only.',
    )
    .addOption(homeOption())
    .addOption(modelOption())
    .option('--port <n>', 'on 127.0.0.1; 0 takes a free one', portNumber, 0)
    .option('--token-file <file>', 'the bearer token to ask for (default: a new one)')
    .option('--address-file <file>', 'where address and token are written (default: serve.json in the home)')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge serve --home ./a --port 8080\n  curl -H "authorization: Bearer $(jq -r .token ./a/serve.json)" -d \'{"texts": ["where is my card"]}\' http://127.0.0.1:8080/v1/predict\n  curl http://127.0.0.1:8080/readyz',
    )
}

function portNumber(value: string): number {
  const port = Number(value)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('expected a whole number from 0 to 65535')
}
