import { PeermergeError } from '../../errors.ts'
import { taskId, type LedgerTask } from '../../gossip/records.ts'
import type { CommandOf } from '../command-request.ts'
import { formKey, likenesses, type KnownClass, type Likeness } from './class-spelling.ts'
import type { MembershipSite } from './types.ts'
import { assertMember } from './vote.ts'

/** What has become of a task, and of this site's part in it. */
export interface TaskOpening {
  readonly id: string
  readonly name: string
  readonly classes: readonly string[]
  /** Classes of it that this site holds, and those that it does not. */
  readonly held: readonly string[]
  readonly missing: readonly string[]
  /** `opened` by this; `joined`: it was open, and this site takes part now, or holds other classes than before; `known`: nothing is new. */
  readonly became: 'opened' | 'joined' | 'known'
}

/**
 * Opens a task, or takes part in one that is open.
 *
 * @throws PeermergeError ERR_TASK_PERSONAL, ERR_TASK_EMPTY, ERR_TASK_HELD, ERR_TASK_NAME, ERR_CLASS_IN_CHARTER, ERR_CLASS_SPELLING, ERR_NOT_A_MEMBER, ERR_NO_EFFECT
 */
export async function openTask(site: MembershipSite, command: CommandOf<'task-open'>): Promise<TaskOpening> {
  const { ledger, identity } = site
  const { state } = ledger
  assertMember(state, identity.peer)
  const listens = state.members.get(identity.peer)?.contributes === false
  const { name, classes, held } = asked(listens ? { ...command, held: [] } : command) // it says nothing of its data
  const id = taskId(site.consortium, { name, classes })
  const open = state.tasks.get(id)
  if (open === undefined && site.charter().personal !== undefined) {
    const problem = 'its sites keep models of their own, of the classes of the charter; found another consortium for the new ones' // prettier-ignore
    throw new PeermergeError('ERR_TASK_PERSONAL', `task ${JSON.stringify(name)}: this consortium has no tasks: ${problem}`, { name }) // prettier-ignore
  }
  if (open === undefined) {
    const tasks = [...state.tasks.values()]
    assertName(name, classes, tasks)
    if (!command.force) assertSpelling(name, classes, site.charter().classes, tasks)
  }
  const isKnown = open?.sites.get(identity.peer)?.join('\0') === held.join('\0')
  if (!isKnown) await ledger.sign({ type: 'task', name, classes, held })
  const missing = classes.filter((label) => !held.includes(label))
  return { id, name, classes, held, missing, became: open === undefined ? 'opened' : isKnown ? 'known' : 'joined' } // prettier-ignore
}

/** Name and labels as they go into a statement. */
function asked(command: CommandOf<'task-open'>): Pick<TaskOpening, 'name' | 'classes' | 'held'> {
  const name = cleaned(command.name)
  const classes = ascending(command.classes)
  if (classes.length === 0) {
    throw new PeermergeError('ERR_TASK_EMPTY', `task "${name}": it has no classes; name them with --classes a,b,c`) // prettier-ignore
  }
  const held = ascending(command.held)
  assertHeld(name, classes, held)
  return { name, classes, held }
}

/** As a label goes into a statement, whatever a person or a file system made of it. */
export function cleaned(label: string): string {
  return label.trim().normalize('NFC')
}

function ascending(labels: readonly string[]): string[] {
  return [...new Set(labels.map(cleaned))].filter((label) => label !== '').sort()
}

function assertHeld(name: string, classes: readonly string[], held: readonly string[]): void {
  const strange = held.filter((label) => !classes.includes(label))
  if (strange.length === 0) return
  const problem = `task "${name}": held names ${listed(strange)}, which it does not have; name classes of the task`
  throw new PeermergeError('ERR_TASK_HELD', problem, { name, strange })
}

/** Two tasks of one name would be told apart by their ids alone. */
function assertName(name: string, classes: readonly string[], tasks: readonly LedgerTask[]): void {
  const open = tasks.find((task) => formKey(task.name) === formKey(name))
  if (open === undefined) return
  const added = classes.filter((label) => !open.classes.includes(label))
  const left = open.classes.filter((label) => !classes.includes(label))
  const what = [
    ...(open.name === name ? [] : [`its name is "${open.name}"`]),
    ...(added.length === 0 ? [] : [`it does not have ${listed(added)}`]),
    ...(left.length === 0 ? [] : [`it has ${listed(left)} besides`]),
  ].join(', ')
  const problem = `task "${name}": a task of this name is open (${open.id.slice(0, 12)}), and ${what}; take part in it with the same name and classes, or give this one another name`
  throw new PeermergeError('ERR_TASK_NAME', problem, { name, open: open.id, openName: open.name, added, left }) // prettier-ignore
}

function assertSpelling(
  name: string,
  classes: readonly string[],
  ofCharter: readonly string[],
  tasks: readonly LedgerTask[],
): void {
  const alike = likenesses(classes, knownClasses(ofCharter, tasks))
  if (alike.length > 0) {
    const problem = `task "${name}": ${alike.slice(0, 3).map(describe).join('; ')}${more(alike.length, 3)}; write it the same way if it is the same class, or --force if it is another`
    throw new PeermergeError('ERR_CLASS_SPELLING', problem, { name, alike })
  }
  const inCharter = classes.filter((label) => ofCharter.includes(label))
  if (inCharter.length === 0) return
  const problem = `task "${name}": the charter has ${listed(inCharter)} already; leave out what is no new class, or --force: it is the same class then`
  throw new PeermergeError('ERR_CLASS_IN_CHARTER', problem, { name, classes: inCharter })
}

/** Each once, by who named it first. */
function knownClasses(ofCharter: readonly string[], tasks: readonly LedgerTask[]): KnownClass[] {
  const of = new Map(ofCharter.map((label) => [label, 'the charter']))
  for (const { name, classes } of tasks) {
    for (const label of classes) if (!of.has(label)) of.set(label, `task "${name}"`)
  }
  return [...of].map(([label, where]) => ({ label, of: where }))
}

function describe({ label, like, differs }: Likeness): string {
  const how = differs === 'form' ? 'by case, white space or form of Unicode alone' : 'by a letter or two'
  return `"${label}" differs from "${like.label}" of ${like.of} ${how}`
}

function listed(labels: readonly string[]): string {
  const shown = labels.slice(0, 5).map((label) => `"${label}"`)
  return `${shown.join(', ')}${more(labels.length, shown.length)}`
}

function more(count: number, shown: number): string {
  return count > shown ? ` and ${count - shown} more` : ''
}
