import { PeermergeError } from '../../errors.ts'
import type { Modality } from '../../training/index.ts'
import { imageInputs } from './image-inputs.ts'
import { STDIN, type Inputs } from './named-input.ts'
import { textInputs } from './text-inputs.ts'

export interface InputOptions {
  /** Of tables. @default the settings', or text */
  readonly textColumn?: string | undefined
  readonly stdin: NodeJS.ReadStream
}

/**
 * What is to be answered: files, folders and standard input, in the order given; without any what comes on standard input.
 *
 * @throws PeermergeError ERR_NO_INPUTS, ERR_INPUTS; DatasetError
 */
export async function openInputs(
  paths: readonly string[],
  modality: Modality,
  { textColumn, stdin }: InputOptions,
): Promise<Inputs> {
  const named = paths.length === 0 ? [STDIN] : paths
  if (paths.length === 0 && stdin.isTTY) {
    const kind = modality === 'image' ? 'image files or folders' : 'tables or .txt files'
    throw new PeermergeError('ERR_NO_INPUTS', `nothing to answer: give ${kind}, or pipe lines into standard input`) // prettier-ignore
  }
  return modality === 'image' ? await imageInputs(named, stdin) : await textInputs(named, stdin, textColumn)
}
