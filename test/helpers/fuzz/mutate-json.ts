import type { Random } from '../../../src/merge/index.ts'
import { mutateBytes, pick } from './mutations.ts'

const PIECES = ['null', 'true', '[]', '{}', '""', '0', '-0', '-1', '1e999', '-1e999', '1e-400', '0.1', '1E2', '9007199254740993', '18446744073709551616', '"\\u0000"', '"\\ud800"', '"__proto__"', '01', '+1', 'NaN', 'Infinity', '// x', '\u00a0', '"F64"', '"I32"', '"U32"', '"F16"', '"BF16"', '"U8"', '"I64"', '[1099511627776,1048576]', '[0]', '[0,0]', '[4294967296,4294967296]', '[1,1,1,1,1,1,1,1,1]', '[-1]', '[1.5]'] // prettier-ignore

/** JSON with other values, keys that repeat, depth, numbers beyond all bounds; or text that is none. */
export function mutateJson(random: Random, text: string): string {
  let result = text
  for (let left = 1 + random.below(3); left > 0; left--) result = mutateOnce(random, result)
  return result
}

function mutateOnce(random: Random, text: string): string {
  return pick<() => string>(random, [
    () => replaceValue(random, text, pick(random, PIECES)),
    () => replaceValue(random, text, pick(random, PIECES)),
    () => replaceValue(random, text, '['.repeat(1 + random.below(5000))),
    () => replaceValue(random, text, `${'['.repeat(3000)}${']'.repeat(3000)}`),
    () => replaceValue(random, text, `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`),
    () => repeatMember(random, text),
    () => text.replace('{', `{${pick(random, ['"__metadata__":{"a":1},', '"__metadata__":[],', '"__proto__":{},', '"x":0,'])}`), // prettier-ignore
    () => Buffer.from(mutateBytes(random, Buffer.from(text))).toString('utf8'),
    () => `${text}${pick(random, [' ', '{}', '\u0000', ','])}`,
  ])()
}

/** One scalar, list or object of numbers of the text, by its place. */
function replaceValue(random: Random, text: string, by: string): string {
  const places = [...text.matchAll(/:\s*("(?:[^"\\]|\\.)*"|\[[^[\]{}]*\]|-?\d[\d.eE+-]*|true|false|null)/g)]
  if (places.length === 0) return by
  const place = pick(random, places)
  const start = place.index + place[0].length - place[1]!.length
  return text.slice(0, start) + by + text.slice(start + place[1]!.length)
}

function repeatMember(random: Random, text: string): string {
  const members = [...text.matchAll(/"[^"\\]*"\s*:\s*(?:"[^"\\]*"|-?\d[\d.eE+-]*|\{[^{}]*\}|\[[^[\]{}]*\])/g)]
  if (members.length === 0) return text
  const [first, second] = [pick(random, members), pick(random, members)]
  return `${text.slice(0, first.index)}${second[0]},${text.slice(first.index)}`
}
