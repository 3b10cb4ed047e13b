import type { z } from 'zod'
import { nearestNames } from '../nearest-names.ts'
import { InvalidFileError } from './errors.ts'
import { knownFields } from './known-fields.ts'

const MAX_PROBLEMS = 8

/** Parses text and checks it; problems name the field, what was expected, what was found and what to do. */
export function parseJson<T extends z.ZodType>(schema: T, text: string, fileName: string): z.infer<T> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const problem = `not JSON (${(error as Error).message}); restore the file or create it again`
    throw new InvalidFileError(fileName, [problem], { cause: error })
  }
  return checkValue(schema, value, fileName)
}

/** As {@link parseJson}, for a value already decoded. */
export function checkValue<T extends z.ZodType>(schema: T, value: unknown, fileName: string): z.infer<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => describe(schema, issue, value))
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : []
  throw new InvalidFileError(fileName, [...problems.slice(0, MAX_PROBLEMS), ...more], { cause: result.error })
}

function describe(schema: z.ZodType, issue: z.core.$ZodIssue, root: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const at = issue.path.length === 0 ? '' : ` in ${fieldName(issue.path)}`
    const known = knownFields(schema, issue.path)
    const keys = issue.keys.map((key) => JSON.stringify(key) + nearestTo(key, known))
    return `unknown field ${keys.join(', ')}${at}; remove it or correct its spelling`
  }
  const got = valueAt(root, issue.path)
  return `field ${fieldName(issue.path)}: ${issue.message}, got ${show(got)}; correct it in the file`
}

function nearestTo(key: string, known: readonly string[]): string {
  const [nearest] = nearestNames(key, known, 1)
  return nearest === undefined ? '' : ` (nearest known: ${JSON.stringify(nearest)})`
}

function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(the whole file)'
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  )
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = writtenOut(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** JSON.stringify calls itself for every level, which JSON.parse does not. */
function writtenOut(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return 'something nested too deeply to be shown'
  }
}
