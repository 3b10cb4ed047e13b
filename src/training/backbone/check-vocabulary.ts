import { z } from 'zod'
import { BackboneError } from '../errors.ts'
import { readJson } from './read-json.ts'

const FILE = 'tokenizer.json'

/** Word pieces and byte pairs map a token to its number; unigrams are a list. */
const schema = z.object({
  added_tokens: z.array(z.object({ id: z.number().int().nonnegative() })).default([]),
  model: z.object({
    vocab: z.union([
      z.record(z.string(), z.number().int().nonnegative()),
      z.array(z.tuple([z.string(), z.number()])),
    ]),
  }),
})

/**
 * Whether every token that the directory's tokenizer can give has a row in the embedding table. Nothing to say without a
 * tokenizer.json.
 *
 * @throws BackboneError - a token has no row
 */
export async function checkVocabulary(dir: string, rows: number): Promise<void> {
  const tokenizer = await readJson(dir, FILE, schema)
  if (tokenizer === undefined) return
  const { vocab } = tokenizer.model
  const ids = Array.isArray(vocab) ? [vocab.length - 1] : Object.values(vocab)
  for (const { id } of tokenizer.added_tokens) ids.push(id)
  const highest = ids.reduce((most, id) => Math.max(most, id), -1)
  if (highest < rows) return
  throw new BackboneError(
    dir,
    `${FILE} gives tokens up to ${highest}, but config.json promises vocab_size ${rows}; ` +
      'take the tokenizer of this model, or resize its embeddings before',
    { file: FILE, highest, rows },
  )
}
