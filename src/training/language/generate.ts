import { PeermergeError } from '../../errors.ts'
import { createRandom } from '../../merge/index.ts'
import type { TensorMap } from '../../merge/index.ts'
import { bucketOf, LADDER } from '../data/text/length-buckets.ts'
import type { CompiledGraphs } from '../model/compiled-graphs.ts'
import { checkSampling, chooseToken } from './choose-token.ts'
import type { SamplingOptions } from './choose-token.ts'
import { nextTokenGraph } from './language-graphs.ts'
import type { AdaptedLanguageModel } from './language-graphs.ts'

export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to add; the model's extent ends a text as well. @default 64 */
  readonly maxTokens?: number
  /** Of the draws; the same seed gives the same text. @default '' */
  readonly seed?: string
  /** Tokens that end the text, the last one yielded. @default those that the model's config names */
  readonly ends?: readonly number[]
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_MAX_TOKENS = 64

/**
 * Continues a text token by token. Each step computes the whole text anew, in graphs of a few lengths; what lies behind the text is
 * filling, which nothing looks at.
 *
 * @param adapter - the adapter's tensors under their wire names, or null for the model as it was pretrained
 * @throws PeermergeError ERR_PROMPT - no token, one that the model does not have, or more than it takes; ERR_SAMPLING
 */
export async function* generate(
  adapted: AdaptedLanguageModel,
  graphs: CompiledGraphs,
  adapter: TensorMap | null,
  prompt: readonly number[],
  options: GenerateOptions = {},
): AsyncGenerator<number, void> {
  const { model } = adapted
  checkPrompt(prompt, model.vocabulary, model.extent)
  checkSampling(options)
  const { maxTokens = DEFAULT_MAX_TOKENS, seed = '', ends = model.ends, signal } = options
  const random = createRandom(`${seed}/generate`)
  const values = Object.fromEntries(adapted.adapter.start(adapter))
  const text = [...prompt]
  while (text.length < Math.min(prompt.length + maxTokens, model.extent)) {
    signal?.throwIfAborted()
    const token = chooseToken(await nextLogits(adapted, graphs, values, text), random, options)
    text.push(token)
    yield token
    if (ends.includes(token)) return
  }
}

async function nextLogits(
  adapted: AdaptedLanguageModel,
  graphs: CompiledGraphs,
  values: Readonly<Record<string, Float32Array>>,
  text: readonly number[],
): Promise<Float32Array> {
  const length = graphLength(text.length, adapted.model.extent)
  const tokens = new Int32Array(length)
  tokens.set(text)
  const mask = new Float32Array(length).fill(1, 0, text.length)
  const build = () => nextTokenGraph(adapted, { size: 1, extent: length })
  const { logits } = await graphs.run(`next/${length}`, build, { tokens, mask, ...values })
  return logits!.data
}

/** The least length of a graph that holds so many tokens. */
function graphLength(count: number, extent: number): number {
  const longest = LADDER.at(-1)!
  const length = count <= longest ? bucketOf(count, LADDER) : Math.ceil(count / longest) * longest
  return Math.min(length, extent)
}

function checkPrompt(prompt: readonly number[], vocabulary: number, extent: number): void {
  const refuse = (problem: string): never => {
    throw new PeermergeError('ERR_PROMPT', `prompt: ${problem}`, { vocabulary, extent })
  }
  if (prompt.length === 0) refuse('expected at least one token; begin with the one that begins texts')
  if (prompt.length >= extent) refuse(`${prompt.length} tokens leave no room; the model takes ${extent}`)
  const odd = prompt.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary)
  if (odd !== undefined) refuse(`token ${odd} is none of the model's ${vocabulary}`)
}
