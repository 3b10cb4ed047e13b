import { Command, CommanderError } from 'commander'
import type { CommandContext, CommandFactory } from './command.ts'
import { createOutput, EXIT, reportFailure } from './output.ts'
import { acceptCommand, refuseCommand } from './commands/accept.ts'
import { auditCommand } from './commands/audit.ts'
import { amendCommand } from './commands/amend.ts'
import { inviteCommand } from './commands/invite.ts'
import { membersCommand } from './commands/members.ts'
import { outboxCommand } from './commands/outbox.ts'
import { policyCommand } from './commands/policy.ts'
import { predictCommand } from './commands/predict.ts'
import { leaveCommand, removeCommand } from './commands/remove.ts'
import { replaceCommand } from './commands/replace.ts'
import { withdrawCommand } from './commands/withdraw.ts'
import { chooseCommand } from './commands/choose.ts'
import { contributionsCommand } from './commands/contributions.ts'
import { createCommand } from './commands/create.ts'
import { dashboardCommand } from './commands/dashboard.ts'
import { demoCommand } from './commands/demo.ts'
import { demoDataCommand } from './commands/demo-data.ts'
import { doctorCommand } from './commands/doctor.ts'
import { egressCommand } from './commands/egress.ts'
import { evalCommand } from './commands/eval.ts'
import { eventsCommand } from './commands/events.ts'
import { experimentCommand } from './commands/experiment.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { healthCommand } from './commands/health.ts'
import { identityCommand } from './commands/identity.ts'
import { importCommand } from './commands/import.ts'
import { inspectCommand } from './commands/inspect.ts'
import { joinCommand } from './commands/join.ts'
import { mergeCommand } from './commands/merge.ts'
import { runCommand } from './commands/run.ts'
import { runtimesCommand } from './commands/runtimes.ts'
import { serveCommand } from './commands/serve.ts'
import { statusCommand } from './commands/status.ts'
import { rollbackCommand } from './commands/rollback.ts'
import { roundsCommand } from './commands/rounds.ts'
import { taskCommand } from './commands/task.ts'
import { trainCommand } from './commands/train.ts'
import { trialCommand } from './commands/trial.ts'
import { verifyCommand } from './commands/verify.ts'
import { whoHelpsCommand } from './commands/who-helps.ts'

const commands: readonly CommandFactory[] = [
  demoCommand,
  demoDataCommand,
  experimentCommand,
  trialCommand,
  identityCommand,
  createCommand,
  inviteCommand,
  joinCommand,
  acceptCommand,
  refuseCommand,
  membersCommand,
  removeCommand,
  leaveCommand,
  replaceCommand,
  amendCommand,
  withdrawCommand,
  taskCommand,
  roundsCommand,
  trainCommand,
  chooseCommand,
  rollbackCommand,
  whoHelpsCommand,
  explainCommand,
  predictCommand,
  evalCommand,
  serveCommand,
  runCommand,
  statusCommand,
  dashboardCommand,
  healthCommand,
  doctorCommand,
  eventsCommand,
  policyCommand,
  outboxCommand,
  egressCommand,
  auditCommand,
  contributionsCommand,
  mergeCommand,
  verifyCommand,
  inspectCommand,
  exportCommand,
  importCommand,
  runtimesCommand,
]

/** Parses `argv` (without node and script), runs one command and returns its exit code. */
export async function runProgram(argv: readonly string[], version: string): Promise<number> {
  const controller = new AbortController()
  const stop = (): void => controller.abort(new DOMException('stopped by a signal', 'AbortError'))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const closed = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error
    controller.abort(new DOMException('nobody reads standard output any more', 'AbortError'))
  }
  process.stdout.on('error', closed) // as where the output goes into head
  let code: number = EXIT.ok
  const program = describeProgram(version)
  const context = (): CommandContext => ({ output: createOutput(isJson(program)), signal: controller.signal })
  for (const factory of commands) {
    program.addCommand(
      inherit(
        program,
        factory(context, (value) => (code = value)),
      ),
    )
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput
    return reportFailure(error, isJson(program))
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** Commands of a command take after it, too. */
function inherit(from: Command, command: Command): Command {
  command.copyInheritedSettings(from)
  for (const inner of command.commands) inherit(command, inner)
  return command
}

function describeProgram(version: string): Command {
  return new Command('peermerge')
    .description(
      'Train adapters on private data, gossip small signed contributions, compute the same merge on every peer.',
    )
    .version(version)
    .option('--json', 'machine-readable output: one JSON document, or one a line for commands that go on')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options and examples)')
}

function isJson(program: Command): boolean {
  return program.opts<{ json?: boolean }>().json === true
}
