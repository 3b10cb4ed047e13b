import { terminalTable } from '../terminal-table.ts'
import type { Inspection } from '../inspect/inspection.ts'
import type { TensorFacts } from '../inspect/tensor-facts.ts'

/** Rows of tensors that a person is shown; `--json` has all. */
const MAX_ROWS = 200

/** An inspection for a terminal; whatever the file says is shown without control characters. */
export function renderInspection(found: Inspection): string {
  const { kind, file, bytes, fields, signature, digests, tensors, verdict, problems } = found
  return [
    `${printable(file)}: ${kind}, ${bytes} bytes`,
    ...Object.entries(fields).map(([name, value]) => `  ${printable(name).padEnd(18)} ${shown(value)}`),
    ...(signature === null ? [] : [`  ${'signature'.padEnd(18)} ${signature}`]),
    ...digests.map(({ what, stored, computed }) =>
      stored === null || stored === computed
        ? `  ${what.padEnd(18)} ${computed}${stored === null ? '' : ' (as written)'}`
        : `  ${what.padEnd(18)} DIFFERENT: written ${stored}, computed ${computed}`,
    ),
    ...(tensors.length === 0 ? [] : [tensorTable(tensors.slice(0, MAX_ROWS))]),
    ...(tensors.length > MAX_ROWS
      ? [`and ${tensors.length - MAX_ROWS} more tensors (--json shows all)`]
      : []),
    ...problems.map((problem) => `problem: ${printable(problem)}`),
    ...(verdict === null ? [] : [verdict.kind === 'accept' ? 'admitted under this charter' : `NOT admitted (${verdict.reason}): ${printable(verdict.message)}`]), // prettier-ignore
  ].join('\n')
}

function tensorTable(tensors: readonly TensorFacts[]): string {
  const head = ['tensor', 'type', 'shape', 'min', 'max', 'norm', 'non-finite', 'trace', 'pivots']
  return terminalTable(head, tensors.flatMap(tensorRows), 3)
}

/** One row for a tensor; its Grams, where there are several, one row each below it. */
function tensorRows({ name, type, shape, min, max, norm, nonFinite, grams }: TensorFacts): string[][] {
  const [first] = grams
  const gram = first !== undefined && grams.length === 1 ? [digits(first.trace), pivots(first)] : ['', '']
  const row = [printable(name), type, `[${shape.join(', ')}]`, digits(min), digits(max), digits(norm), String(nonFinite ?? '')] // prettier-ignore
  const rows = grams.length < 2 ? [] : grams.map((one, i) => [`  row ${i}`, '', '', '', '', '', '', digits(one.trace), pivots(one)]) // prettier-ignore
  return [[...row, ...gram], ...rows]
}

function pivots({ smallestPivot, largestPivot }: TensorFacts['grams'][number]): string {
  if (smallestPivot === null) return 'not factored'
  return largestPivot === null ? `${digits(smallestPivot)}: indefinite` : `${digits(smallestPivot)} … ${digits(largestPivot)}` // prettier-ignore
}

function digits(value: number | null): string {
  return value === null ? '' : Number(value.toPrecision(4)).toString()
}

/** Long lists are cut: of a charter's modules or a claim's ids. */
function shown(value: unknown): string {
  if (Array.isArray(value) && value.length > 8)
    return `${shown(value.slice(0, 8))} and ${value.length - 8} more`
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return printable(text.length > 400 ? `${text.slice(0, 400)}…` : text)
}

/** Control characters, and those that turn the direction of writing, as escapes: a file cannot draw on the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`) // prettier-ignore
}
