import { TargetPatternError } from '../errors.ts'

/** A name's characters and the three signs of a pattern: `*`, `{a,b}`, and the range `{0..5}`. */
const ALLOWED = /^[\w.*{},-]+$/
const TOKEN = /\{([^{}]*)\}|\*+|[\w.-]+/y
const RANGE = /^(\d{1,4})\.\.(\d{1,4})$/

/**
 * Whether a name is, or ends in, what a pattern says, by whole parts between dots: `query` matches `layer.0.query`, `uery` does not.
 * `*` stands for anything, dots too; `{4,5}` for one of several, `{0..5}` for one of a range of numbers.
 *
 * @throws TargetPatternError - the pattern cannot be read
 */
export function modulePattern(pattern: string): (name: string) => boolean {
  if (!ALLOWED.test(pattern)) throw new TargetPatternError(pattern, 'it holds a character that no name has')
  const expression = new RegExp(`(?:^|\\.)${translate(pattern)}$`)
  return (name) => expression.test(name)
}

function translate(pattern: string): string {
  let result = ''
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < pattern.length) {
    const found = TOKEN.exec(pattern)
    if (found === null) throw new TargetPatternError(pattern, 'a brace or comma stands alone')
    const [token, choices] = found
    if (choices !== undefined) result += alternatives(pattern, choices)
    else result += token.startsWith('*') ? '.*' : literal(token)
  }
  return result
}

function alternatives(pattern: string, choices: string): string {
  const options = choices.split(',').flatMap((choice) => {
    const range = RANGE.exec(choice)
    return range === null ? [choice] : numbers(pattern, Number(range[1]), Number(range[2]))
  })
  if (options.some((option) => option === '' || option.includes('..'))) {
    throw new TargetPatternError(
      pattern,
      `{${choices}} has an empty choice or a range that is not of two numbers`,
    )
  }
  return `(?:${options.map((option) => option.split('*').map(literal).join('.*')).join('|')})`
}

function numbers(pattern: string, from: number, to: number): string[] {
  if (from > to) throw new TargetPatternError(pattern, `the range ${from}..${to} is empty`)
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
}

function literal(text: string): string {
  return text.replaceAll('.', '\\.')
}
