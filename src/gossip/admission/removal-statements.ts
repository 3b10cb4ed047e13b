import type { OpenedStatement } from '../ledger/types.ts'

/**
 * All votes on who is to go and what their authors had in mind: enough to count them again, and nothing that happened since.
 * `statements` and the result have parents before their children.
 */
export function removalStatements(statements: readonly OpenedStatement[]): readonly OpenedStatement[] {
  const wanted = new Set<string>()
  const found: OpenedStatement[] = []
  for (const opened of [...statements].reverse()) {
    const { parents, action } = opened.statement
    if (action.type !== 'remove' && action.type !== 'replace' && !wanted.has(opened.id)) continue
    found.push(opened)
    for (const parent of parents) wanted.add(parent)
  }
  return found.reverse()
}
