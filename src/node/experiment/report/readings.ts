import { methodNamed } from '../methods/method-table.ts'
import type { ExperimentSpec } from '../spec-schema.ts'
import type { Row } from './summary.ts'

/** What the numbers of one split say of the reference, in sentences: the best row, where the reference is beaten, how far from pooled training. */
export function readings({ reference }: ExperimentSpec, rows: readonly Row[]): string[] {
  const own = rows.find((row) => row.name === reference)
  if (own === undefined) return [`- There is no record of \`${reference}\` on this split yet.`]
  const rivals = rows.filter((row) => row !== own && !isPooled(row))
  const best = [...rivals, own].sort((a, b) => b.accuracy.mean - a.accuracy.mean)[0]!
  return [
    `- Most accurate without pooling: \`${best.name}\`, ${points(best.accuracy.mean)}.`,
    `- \`${reference}\` is ${counts(rivals)}.`,
    ...rows
      .filter(isPooled)
      .map((row) => `- ${distance(own.accuracy.mean - row.accuracy.mean)} \`${row.name}\`.`),
  ]
}

function counts(rivals: readonly Row[]): string {
  const of = (verdict: string): readonly Row[] => rivals.filter((row) => row.versus?.verdict === verdict)
  const names = (rows: readonly Row[]): string => rows.map(({ name }) => `\`${name}\``).join(', ')
  const better = of('better')
  const parts = [
    better.length === 0 ? 'beaten by none' : `beaten by ${names(better)}`,
    `tied with ${of('tied').length}`,
    `better than ${of('worse').length}`,
    ...(of('one seed').length > 0 ? [`not yet told from ${of('one seed').length} (one seed)`] : []),
  ]
  return parts.join(', ')
}

function isPooled({ method }: Row): boolean {
  return methodNamed(method)?.strategy === 'pooled'
}

function distance(more: number): string {
  return `${points(Math.abs(more))} points ${more < 0 ? 'below' : 'above'}`
}

const points = (value: number): string => (100 * value).toFixed(1)
