/** Options of Node whose value is the next argument, and that a child needs as its parent does: they say how modules are loaded. */
const WITH_VALUE = new Set([
  '--import',
  '--require',
  '-r',
  '--loader',
  '--experimental-loader',
  '--conditions',
  '-C',
])

/** Options with their value, or without one, that a child may have as well. */
const KEPT =
  /^--(import|require|loader|experimental-loader|conditions)=|^--(max|no|enable|experimental|trace)-/

/**
 * Arguments of this Node process that a forked one is to have, too. Everything else stays behind: a child that inherits `--eval` would run the
 * program of its parent instead of its own, and fork again, without end; one that inherits `--test`, `--inspect` or `--watch` would do that
 * as well.
 */
export function childArguments(execArgv: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < execArgv.length; i++) {
    const argument = execArgv[i]!
    if (WITH_VALUE.has(argument)) kept.push(argument, execArgv[++i] ?? '')
    else if (KEPT.test(argument)) kept.push(argument)
  }
  return kept
}
