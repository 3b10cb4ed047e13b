import type { HomePaths } from '../home.ts'
import { recordChoice } from './record-choice.ts'
import { serve, type NextModel, type Served, type Serving } from './served-model.ts'

export interface PersonsChoice extends Omit<NextModel, 'model'> {
  readonly model: Omit<Served, 'sha256' | 'by' | 'who'>
  /** Name of the person. */
  readonly who: string | undefined
}

export interface Chosen {
  readonly serving: Serving
  /** Whether the site's log says so already; else the next start of the node records it. */
  readonly recorded: boolean
}

/** Serves what a person wants, and has it recorded in the site's log. */
export async function serveByPerson(
  paths: HomePaths,
  { model, who, ...next }: PersonsChoice,
  signal?: AbortSignal,
): Promise<Chosen> {
  const said = { ...model, by: 'person', ...(who !== undefined && { who }) } as const
  const serving = await serve(paths.served, { ...next, model: said })
  return { serving, recorded: await recordChoice(paths, signal) }
}
