import { MalformedError } from '../../errors.ts'

/** Objects become maps, so that no key can reach a prototype. */
export type StrictJson =
  null | boolean | number | string | readonly StrictJson[] | ReadonlyMap<string, StrictJson>

const WHITESPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y
const MAX_DEPTH = 8

/**
 * JSON that means one thing only: a key twice in one object is an error, as is nesting beyond eight levels.
 *
 * @throws MalformedError - not JSON, a repeated key, or too deep; `detail.reason` is `bad-json`
 */
export function parseStrictJson(operand: string, text: string): StrictJson {
  const parser = new Parser(operand, text)
  const value = parser.value(0)
  parser.end()
  return value
}

class Parser {
  private at = 0
  private readonly operand: string
  private readonly text: string

  constructor(operand: string, text: string) {
    this.operand = operand
    this.text = text
  }

  value(depth: number): StrictJson {
    if (depth > MAX_DEPTH) this.fail('nested too deeply')
    this.match(WHITESPACE)
    const next = this.text[this.at]
    if (next === '{') return this.object(depth)
    if (next === '[') return this.array(depth)
    if (next === '"') return this.string()
    const scalar = this.match(SCALAR)
    if (scalar === undefined) this.fail('expected a value')
    return JSON.parse(scalar) as null | boolean | number
  }

  end(): void {
    this.match(WHITESPACE)
    if (this.at !== this.text.length) this.fail('expected the end')
  }

  private object(depth: number): ReadonlyMap<string, StrictJson> {
    const result = new Map<string, StrictJson>()
    this.at++
    if (this.take('}')) return result
    do {
      this.match(WHITESPACE)
      const key = this.string()
      if (result.has(key)) this.fail(`key ${JSON.stringify(key)} twice`)
      if (!this.take(':')) this.fail('expected ":"')
      result.set(key, this.value(depth + 1))
    } while (this.take(','))
    if (!this.take('}')) this.fail('expected "}"')
    return result
  }

  private array(depth: number): readonly StrictJson[] {
    const result: StrictJson[] = []
    this.at++
    if (this.take(']')) return result
    do result.push(this.value(depth + 1))
    while (this.take(','))
    if (!this.take(']')) this.fail('expected "]"')
    return result
  }

  private string(): string {
    const quoted = this.match(STRING)
    if (quoted === undefined) this.fail('expected a string')
    try {
      return JSON.parse(quoted) as string
    } catch {
      this.fail('bad escape in a string')
    }
  }

  private take(character: string): boolean {
    this.match(WHITESPACE)
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  private fail(problem: string): never {
    throw new MalformedError(this.operand, `not strict JSON at character ${this.at}: ${problem}`, {
      reason: 'bad-json',
    })
  }
}
