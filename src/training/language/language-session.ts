import type { AdapterSpec, TensorMap } from '../../merge/index.ts'
import { adapterSet } from '../adapters/adapter-set.ts'
import { resolveTargetModules } from '../backbone/target-modules.ts'
import { textFormat } from '../data/text/text-format.ts'
import { openTokenizer } from '../data/text/tokenizer/text-tokenizer.ts'
import type { TextTokenizer } from '../data/text/tokenizer/text-tokenizer.ts'
import type { SampleSet } from '../data/samples.ts'
import { CompiledGraphs } from '../model/compiled-graphs.ts'
import { openRuntime } from '../runtime/open-runtime.ts'
import { DEFAULT_RUNTIME } from '../runtime/runtime-name.ts'
import type { RuntimeName } from '../runtime/runtime-name.ts'
import type { TrainProgress } from '../types.ts'
import { fitLanguageModel } from './fit-language-model.ts'
import type { FittedLanguageModel, LanguageFit } from './fit-language-model.ts'
import { generate } from './generate.ts'
import type { GenerateOptions } from './generate.ts'
import type { AdaptedLanguageModel } from './language-graphs.ts'
import { languageLoss } from './language-loss.ts'
import type { LanguageModel } from './language-model.ts'
import { openLanguageModel } from './open-language-model.ts'
import { tokenTexts } from './token-texts.ts'

export interface LanguageSessionInit {
  /** Hugging Face directory of a model of the next token, with its tokenizer. */
  readonly dir: string
  readonly adapter: AdapterSpec
  /** Layers that carry the adapter. @default those of the family */
  readonly targets?: readonly string[]
  /** Most tokens of a text that is learned from; longer ones are cut. @default 128, or the model's own where that is less */
  readonly extent?: number
  /** What executes the graph. @default 'onnx' */
  readonly runtime?: RuntimeName
  /** Threads of the compute runtime. @default chosen by the runtime */
  readonly threads?: number
}

export interface FitWork {
  /** The adapter to start from. @default one that adds nothing */
  readonly from?: TensorMap | null
  readonly signal?: AbortSignal
}

/** Adapts a language model to texts, scores texts and continues them. One call at a time; blocks its thread while it works. */
export interface LanguageSession {
  readonly model: LanguageModel
  /** Learns to predict every token of the texts, and their ends. @throws DivergedError, DatasetError, PeermergeError ERR_TRAIN_OPTIONS */
  fit(
    texts: readonly string[],
    options: LanguageFit['options'],
    work?: FitWork,
  ): AsyncGenerator<TrainProgress, FittedLanguageModel>
  /** Mean cross entropy of the tokens of texts, in nats; null is the model as it was pretrained. */
  loss(texts: readonly string[], adapter: TensorMap | null): Promise<number>
  /** What comes after a text. @throws PeermergeError ERR_PROMPT, ERR_SAMPLING */
  continueText(prompt: string, adapter: TensorMap | null, options?: GenerateOptions): Promise<string>
  /** Frees native memory. */
  close(): Promise<void>
}

const DEFAULT_EXTENT = 128

/**
 * Opens a language model with its tokenizer and adapters.
 *
 * @throws BackboneError, UnsupportedBackboneError, NoSuchModuleError, TargetPatternError
 */
export async function openLanguageSession(init: LanguageSessionInit): Promise<LanguageSession> {
  const model = await openLanguageModel(init.dir)
  const extent = init.extent ?? Math.min(model.extent, DEFAULT_EXTENT)
  const modules = resolveTargetModules(model, init.targets ?? model.defaultTargets)
  const adapted = { model, weights: model.load(extent), adapter: adapterSet(init.adapter, modules) }
  const { vocabulary } = model
  const [learning, prompting] = await Promise.all([
    openTokenizer(init.dir, { extent, vocabulary }),
    openTokenizer(init.dir, { extent: model.extent, vocabulary }),
  ])
  const runtime = await openRuntime(init.runtime ?? DEFAULT_RUNTIME)
  const graphs = new CompiledGraphs(runtime, init.threads)
  return new Session(adapted, graphs, { extent, learning, prompting })
}

interface Tokenizers {
  readonly extent: number
  /** Cuts to the extent that is learned from. */
  readonly learning: TextTokenizer
  /** Cuts to what the model takes. */
  readonly prompting: TextTokenizer
}

class Session implements LanguageSession {
  readonly model: LanguageModel
  readonly #adapted: AdaptedLanguageModel
  readonly #graphs: CompiledGraphs
  readonly #tokenizers: Tokenizers

  constructor(adapted: AdaptedLanguageModel, graphs: CompiledGraphs, tokenizers: Tokenizers) {
    this.model = adapted.model
    this.#adapted = adapted
    this.#graphs = graphs
    this.#tokenizers = tokenizers
  }

  fit(
    texts: readonly string[],
    options: LanguageFit['options'],
    { from = null, signal }: FitWork = {},
  ): AsyncGenerator<TrainProgress, FittedLanguageModel> {
    const now = (): number => performance.now()
    return fitLanguageModel({ ...this.#learned(texts), from, options, now, signal })
  }

  loss(texts: readonly string[], adapter: TensorMap | null): Promise<number> {
    return languageLoss({ ...this.#learned(texts), adapter })
  }

  async continueText(prompt: string, adapter: TensorMap | null, options?: GenerateOptions): Promise<string> {
    const { prompting } = this.#tokenizers
    const added: number[] = []
    const tokens = [...prompting.encode(prompt).ids]
    for await (const token of generate(this.#adapted, this.#graphs, adapter, tokens, options))
      added.push(token)
    return prompting.decode(added)
  }

  close(): Promise<void> {
    return this.#graphs.dispose()
  }

  #learned(texts: readonly string[]): Omit<LanguageFit, 'from' | 'options' | 'now'> {
    const { learning, extent } = this.#tokenizers
    return {
      adapted: this.#adapted,
      graphs: this.#graphs,
      texts: this.#encode(texts),
      format: textFormat(learning, extent),
    }
  }

  /** Tokens of every text, and the one that ends it where there is room. */
  #encode(texts: readonly string[]): SampleSet {
    const { learning, extent } = this.#tokenizers
    return tokenTexts(
      texts.map((text) => {
        const { ids, isCut } = learning.encode(text)
        const hasEnd = !isCut && ids.length < extent
        return hasEnd ? [...ids, ...this.model.ends.slice(0, 1)] : [...ids]
      }),
    )
  }
}
