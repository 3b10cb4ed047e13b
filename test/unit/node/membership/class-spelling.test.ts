import assert from 'node:assert/strict'
import { test } from 'node:test'
import { likenesses } from '../../../../src/node/membership/class-spelling.ts'

const like = (labels: string[], ...known: string[]): string[] =>
  likenesses(
    labels,
    known.map((label) => ({ label, of: 'the charter' })),
  ).map(({ label, like: { label: other }, differs }) => `${label} ${other} ${differs}`)

test('case, white space and forms of Unicode make no other class', () => {
  for (const [label, known] of [
    ['Larch', 'larch'],
    ['Scots  Pine', 'scots pine'],
    ['scotspine', 'scots pine'],
    ['me\u0301le\u0300ze', 'mélèze'],
    ['ｙｅｗ', 'yew'],
    ['STRASSE 1', 'straße 1'],
  ] as const) {
    assert.deepEqual(like([label], 'oak', known), [`${label} ${known} form`])
  }
})

test('a letter or two in a longer word look like a slip; in a short one, and in numbers, they do not', () => {
  assert.deepEqual(like(['larhc'], 'larch'), [])
  assert.deepEqual(like(['larsh'], 'larch'), ['larsh larch letters'])
  assert.deepEqual(like(['douglas firr'], 'douglas fir'), ['douglas firr douglas fir letters'])
  assert.deepEqual(like(['dougls firr'], 'douglas fir'), ['dougls firr douglas fir letters'])
  for (const [one, other] of [
    ['cat', 'bat'],
    ['7', '1'],
    ['digit 7', 'digit 1'],
    ['n01440764', 'n01440765'],
    ['beech', 'birch'],
  ] as const)
    assert.deepEqual(like([one], other), [])
})

test('the same label is the same class', () => {
  assert.deepEqual(like(['larch'], 'larch', 'larsh'), [])
})

test('two labels of one task are compared by form alone: lists of species are full of near names', () => {
  assert.deepEqual(like(['Yew', 'red oaks', 'red oak', 'yew']), ['yew Yew form'])
})

test('a thousand labels are compared with ten thousand within a second or two', () => {
  const words = Array.from({ length: 11_000 }, (_, i) => word(i))
  const since = performance.now()
  like(words.slice(0, 1000), ...words.slice(1000))
  const elapsed = performance.now() - since
  console.log(`${elapsed.toFixed(0)} ms`)
  assert.ok(elapsed < 8000, `${elapsed} ms`)
})

/** Different words of 9 to 17 letters, as far apart as random ones are. */
function word(i: number): string {
  let state = (i + 1) * 2_654_435_761
  const letters = Array.from({ length: 9 + (i % 9) }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0
    return String.fromCharCode(97 + ((state >>> 8) % 26))
  })
  return letters.join('')
}
