import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import pc from 'picocolors'
import { homePaths } from '../../home.ts'
import { formKey } from '../../membership/class-spelling.ts'
import { cleaned, type TaskOpening } from '../../membership/open-task.ts'
import type { TaskReport, TasksReport } from '../../membership/tasks-report.ts'
import { siteLabels } from '../../site-labels.ts'
import { terminalTable } from '../../terminal-table.ts'
import type { CommandFactory } from '../command.ts'
import { executeAndPrint, homeCommand } from '../home-command.ts'
import { list } from '../options.ts'

interface OpenFlags {
  readonly home: string
  readonly classes: readonly string[]
  readonly held?: string[]
  readonly data?: string
  readonly force?: boolean
}

export const taskCommand: CommandFactory = (context, done) =>
  new Command('task')
    .summary('classes that arrive over time: open a task of new ones, list those that are open')
    .description(
      'Tasks bring new classes into the consortium. Any member opens one; the others see it and say what they hold.',
    ) // prettier-ignore
    .addHelpText(
      'after',
      '\nExample:\n  peermerge task open autumn --classes larch,yew\n  peermerge task list',
    )
    .addCommand(openCommand(context, done))
    .addCommand(listCommand(context, done))

const openCommand: CommandFactory = (context, done) =>
  homeCommand(
    'open',
    'open a task of new classes, or take part in one that is open',
    'Signs that a task of these classes is open and which of them this site has samples of. The same name and classes mean the same task, whoever opens it; said again with other samples it replaces what this site held.',
    "  peermerge task open autumn --classes larch,yew,pine\n  peermerge task open autumn --classes larch,yew,pine --held larch\n  peermerge task open autumn --classes larch,yew,pine --held ''    # takes part without samples",
  )
    .argument('<name>', 'what people call it, at most 100 characters')
    .requiredOption('--classes <list>', 'labels of its classes, as in the data', list)
    .option('--held <list>', 'those that this site has samples of (default: what its data has)', list)
    .addOption(
      new Option('--data <path>', 'look for them here in place of the data of the settings').conflicts('held'), // prettier-ignore
    )
    .option('--force', 'even where a label is spelt almost as another, or is one of the charter')
    .action(async (name: string, { home, classes, held, data, force = false }: OpenFlags) => {
      const wanted = classes.map(cleaned)
      const found = held ?? (await siteLabels(homePaths(home), data === undefined ? undefined : resolve(data))) // prettier-ignore
      const command = {
        command: 'task-open' as const,
        name: cleaned(name),
        classes: wanted,
        held: held ?? found.filter((label) => wanted.includes(label)),
        force,
      }
      done(await executeAndPrint(context(), home, command, (report) => openingText(report, found)))
    })

const listCommand: CommandFactory = (context, done) =>
  homeCommand(
    'list',
    'the tasks that are open, and who holds what of them',
    'Lists tasks in the order of their opening, with their classes, the members that hold some of them, and the classes that nobody holds.',
    "  peermerge task list\n  peermerge task list --json | jq '.tasks[].unheld'",
  ).action(async ({ home }: { home: string }) => {
    done(await executeAndPrint(context(), home, { command: 'tasks' }, renderTasks))
  })

/** `found`: labels of this site's data, in which a class may go by another spelling. */
export function openingText(report: TaskOpening, found: readonly string[]): string {
  const { name, id, classes, held, missing, became } = report
  const task = `task "${name}" ${id.slice(0, 12)}`
  const share = `${held.length} of its ${classes.length} ${classes.length === 1 ? 'class' : 'classes'}`
  const what = {
    opened: `${task} is open; this site holds ${share}`,
    joined: `${task} is open already; this site takes part now and holds ${share}`,
    known: `${task} is open already and this site takes part; nothing has changed`,
  }[became]
  if (missing.length === 0) return what
  return `${what}\n${pc.yellow('no samples')} at this site of ${missing.map((label) => lacking(label, found)).join(', ')}` // prettier-ignore
}

export function renderTasks({ tasks }: TasksReport): string {
  if (tasks.length === 0) return 'no task is open; peermerge task open NAME --classes a,b,c opens one'
  return terminalTable(['', 'name', 'id', 'classes', 'held by', 'contributed'], tasks.map(taskRow), 5)
}

const SHOWN_CLASSES = 3

function taskRow({ number, name, id, classes, sites, unheld, contributions }: TaskReport): string[] {
  const shown = classes.slice(0, SHOWN_CLASSES).join(', ')
  const holders = sites.filter(({ held }) => held.length > 0)
  const lines = holders.map(({ name: site, self, held }) => `${site}${self ? ' (this site)' : ''}: ${held.length}`) // prettier-ignore
  if (unheld.length > 0) lines.push(pc.yellow(`nobody: ${unheld.length}`))
  return [
    String(number),
    name,
    id.slice(0, 12),
    `${classes.length}: ${shown}${classes.length > SHOWN_CLASSES ? ', …' : ''}`,
    lines.join('\n'),
    String(contributions),
  ]
}

function lacking(label: string, found: readonly string[]): string {
  const alike = found.find((other) => other !== label && formKey(other) === formKey(label))
  return alike === undefined ? label : `${label} (its data has "${alike}", which is another label)`
}
