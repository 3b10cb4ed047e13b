import type { CommandFactory } from './command.ts'

/** All commands by name, in the order of the help. What a command does not need is not loaded: all of them together take a second. */
export const COMMANDS: Readonly<Record<string, () => Promise<CommandFactory>>> = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  'demo-data': async () => (await import('./commands/demo-data.ts')).demoDataCommand,
  experiment: async () => (await import('./commands/experiment.ts')).experimentCommand,
  trial: async () => (await import('./commands/trial.ts')).trialCommand,
  identity: async () => (await import('./commands/identity.ts')).identityCommand,
  create: async () => (await import('./commands/create.ts')).createCommand,
  invite: async () => (await import('./commands/invite.ts')).inviteCommand,
  join: async () => (await import('./commands/join.ts')).joinCommand,
  accept: async () => (await import('./commands/accept.ts')).acceptCommand,
  refuse: async () => (await import('./commands/accept.ts')).refuseCommand,
  members: async () => (await import('./commands/members.ts')).membersCommand,
  remove: async () => (await import('./commands/remove.ts')).removeCommand,
  leave: async () => (await import('./commands/remove.ts')).leaveCommand,
  replace: async () => (await import('./commands/replace.ts')).replaceCommand,
  amend: async () => (await import('./commands/amend.ts')).amendCommand,
  withdraw: async () => (await import('./commands/withdraw.ts')).withdrawCommand,
  task: async () => (await import('./commands/task.ts')).taskCommand,
  rounds: async () => (await import('./commands/rounds.ts')).roundsCommand,
  train: async () => (await import('./commands/train.ts')).trainCommand,
  choose: async () => (await import('./commands/choose.ts')).chooseCommand,
  rollback: async () => (await import('./commands/rollback.ts')).rollbackCommand,
  'who-helps': async () => (await import('./commands/who-helps.ts')).whoHelpsCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  predict: async () => (await import('./commands/predict.ts')).predictCommand,
  eval: async () => (await import('./commands/eval.ts')).evalCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  run: async () => (await import('./commands/run.ts')).runCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  dashboard: async () => (await import('./commands/dashboard.ts')).dashboardCommand,
  health: async () => (await import('./commands/health.ts')).healthCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  events: async () => (await import('./commands/events.ts')).eventsCommand,
  policy: async () => (await import('./commands/policy.ts')).policyCommand,
  outbox: async () => (await import('./commands/outbox.ts')).outboxCommand,
  egress: async () => (await import('./commands/egress.ts')).egressCommand,
  audit: async () => (await import('./commands/audit.ts')).auditCommand,
  contributions: async () => (await import('./commands/contributions.ts')).contributionsCommand,
  merge: async () => (await import('./commands/merge.ts')).mergeCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  inspect: async () => (await import('./commands/inspect.ts')).inspectCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  runtimes: async () => (await import('./commands/runtimes.ts')).runtimesCommand,
}

/** The one that the command line names, else all: for the help, and to say what is near an unknown name. */
export function commandsFor(argv: readonly string[]): Promise<readonly CommandFactory[]> {
  const name = argv.find((word) => !word.startsWith('-'))
  const one = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  return Promise.all((one === undefined ? Object.values(COMMANDS) : [one]).map((load) => load()))
}
