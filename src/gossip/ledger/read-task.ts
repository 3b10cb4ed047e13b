import { MAX_CLASS_LABEL_LENGTH, MAX_TASK_CLASSES, MAX_TASK_NAME_LENGTH } from '../constants.ts'
import { RefusedError } from '../errors.ts'
import { isPlain, textItem, type Fields } from '../wire/wire.ts'
import type { TaskAction } from './types.ts'

const OPERAND = 'task'
/** Listed by number, as what counts as white space may differ between versions of Node. */
const EDGES = /^[\u0020\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]|[\u0020\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]$/u // prettier-ignore

/**
 * The fields of a task after its type. Of Unicode's forms of normalisation nothing is asked here: what is in one depends on the version
 * of Unicode, and peers that refuse different statements hold different ledgers for ever.
 *
 * @throws RefusedError `malformed`
 */
export function readTask(fields: Fields): TaskAction {
  const name = fields.text('name', MAX_TASK_NAME_LENGTH)
  if (!isLabel(name)) throw malformed(`name ${NOT_A_LABEL}`)
  const classes = labels(fields, 'classes')
  const held = labels(fields, 'held')
  if (classes.length === 0) throw malformed('classes is empty, at least one is expected')
  const known = new Set(classes)
  const strange = held.find((label) => !known.has(label))
  if (strange !== undefined) throw malformed(`held names "${strange}", which is not among its classes`)
  return { type: 'task', name, classes, held }
}

const NOT_A_LABEL = 'is not text of plain characters without white space around it'

function labels(fields: Fields, field: string): string[] {
  const found = fields.list(field, MAX_TASK_CLASSES, textItem(MAX_CLASS_LABEL_LENGTH))
  found.forEach((label, i) => {
    if (!isLabel(label)) throw malformed(`${field}[${i}] ${NOT_A_LABEL}`)
    if (i > 0 && label <= found[i - 1]!) throw malformed(`${field}[${i}] is not after the one before it: ascending by code units, each once`) // prettier-ignore
  })
  return found
}

function isLabel(text: string): boolean {
  return isPlain(text) && !EDGES.test(text)
}

function malformed(problem: string): RefusedError {
  return new RefusedError('malformed', OPERAND, problem)
}
