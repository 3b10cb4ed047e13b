import { closeSync, openSync } from 'node:fs'
import { z } from 'zod'
import { PeermergeError } from '../errors.ts'
import {
  adapterSchema,
  openSafetensors,
  trainedTensors,
  type AdapterSpec,
  type MergeSpec,
  type TaskClasses,
  type Tensor,
} from '../merge/index.ts'
import type { ModelState } from '../training/index.ts'
import { InvalidFileError } from './errors.ts'
import { fileSource } from './file-source.ts'
import { loadState } from './merge-files.ts'

/**
 * Reads a state and checks that it is one of this charter's model: every trained tensor and the classifier, in its shape, finite.
 *
 * @throws InvalidFileError - names the tensor, what was expected, what was found
 */
export async function readState(spec: MergeSpec, file: string): Promise<ModelState> {
  const state = await read(file)
  const found = new Map<string, Tensor>(state.adapter)
  found.set('classifier/weight', state.classifier.weight).set('classifier/bias', state.classifier.bias)
  const expected = new Map<string, readonly number[]>(
    spec.modules.flatMap((module) => [...trainedTensors(spec.adapter, module)]),
  )
  const classes = spec.classes.length
  expected.set('classifier/weight', [classes, spec.features]).set('classifier/bias', [classes])
  const problems = [
    ...[...expected].flatMap(([name, shape]) => problemOf(name, shape, found.get(name))),
    ...[...found.keys()].filter((name) => !expected.has(name)).map((name) => `tensor ${name}: not part of the charter's adapter`), // prettier-ignore
  ]
  if (problems.length === 0) return state
  throw new InvalidFileError(file, [...problems.slice(0, 3), 'give a state of this charter'])
}

/**
 * The adapter that a merge's file says it is a state of: of some rules it has more rank than the charter's. Undefined where the file
 * says nothing.
 *
 * @throws InvalidFileError - not a safetensors file, or no adapter
 */
export function adapterOfState(file: string): AdapterSpec | undefined {
  try {
    const said = metadataOf(file).get('adapter')
    return said === undefined ? undefined : adapterSchema.parse(JSON.parse(said))
  } catch (cause) {
    const problem =
      cause instanceof z.ZodError ? 'its metadata names no adapter that is known' : (cause as Error).message
    throw new InvalidFileError(file, [`cannot be read as a state (${problem})`], { cause })
  }
}

/** The classes that a merge's file has rows for. @throws InvalidFileError - not a safetensors file, or no list of names */
export function classesOfState(file: string): readonly string[] | undefined {
  try {
    const said = metadataOf(file).get('classes')
    return said === undefined ? undefined : z.array(z.string()).parse(JSON.parse(said))
  } catch (cause) {
    throw new InvalidFileError(file, ['cannot be read as a state (its metadata names no classes)'], { cause })
  }
}

const tasksSchema = z.array(z.strictObject({ id: z.string().nullable(), classes: z.array(z.string()) }))

/** The tasks that the rows of a merge's file belong to; undefined without. @throws InvalidFileError - not a safetensors file, or no tasks */
export function tasksOfState(file: string): readonly TaskClasses[] | undefined {
  try {
    const said = metadataOf(file).get('tasks')
    return said === undefined ? undefined : tasksSchema.parse(JSON.parse(said))
  } catch (cause) {
    throw new InvalidFileError(file, ['cannot be read as a state (its metadata names no tasks)'], { cause })
  }
}

/** Digest of the charter that a merge's file says it was computed under. @throws InvalidFileError - not a safetensors file */
export function charterOfState(file: string): string | undefined {
  return textOfState(file, 'charter')
}

/** What kind of file it says that it is. @throws InvalidFileError - not a safetensors file */
export function formatOfState(file: string): string | undefined {
  return textOfState(file, 'format')
}

function textOfState(file: string, field: string): string | undefined {
  try {
    return metadataOf(file).get(field)
  } catch (cause) {
    throw new InvalidFileError(file, [`cannot be read as a state (${(cause as Error).message})`], { cause })
  }
}

function metadataOf(file: string): ReadonlyMap<string, string> {
  const descriptor = openSync(file, 'r')
  try {
    return openSafetensors(fileSource(file, descriptor), file).metadata
  } finally {
    closeSync(descriptor)
  }
}

async function read(file: string): Promise<ModelState> {
  try {
    return await loadState(file)
  } catch (error) {
    const isOurs = error instanceof PeermergeError
    throw new InvalidFileError(file, [`cannot be read as a state (${(error as Error).message})`], isOurs ? {} : { cause: error }) // prettier-ignore
  }
}

function problemOf(name: string, shape: readonly number[], tensor: Tensor | undefined): string[] {
  if (tensor === undefined) return [`tensor ${name}: expected [${shape.join(', ')}], got nothing`]
  if (tensor.shape.join() !== shape.join())
    return [`tensor ${name}: expected [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`]
  return tensor.data.every(Number.isFinite) ? [] : [`tensor ${name}: holds a value that is not finite`]
}
