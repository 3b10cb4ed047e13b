/** Character classes as the reference tokenizer (Rust) draws them; JavaScript's `\s`, `\w` and `\d` differ. */

/** `char::is_whitespace`: the property White_Space, so U+0085 is in and U+FEFF is not. */
export const WHITE_SPACE = '\\p{White_Space}'

/** `\w` of Rust's regular expressions. */
export const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}'

/** ASCII punctuation in the wide sense, `$+<=>^`|~` included, and every other punctuation mark. */
export const PUNCTUATION = '\\p{P}\\u0021-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u007E'

/** Lower case character by character: unlike `text.toLowerCase()`, a sigma at the end of a word stays σ. */
export function lowerCase(text: string): string {
  const lower = text.toLowerCase()
  return lower.includes('ς') ? Array.from(text, (char) => char.toLowerCase()).join('') : lower
}
