import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { sha256Hex } from '../../merge/index.ts'
import { z } from 'zod'
import { writeFileAtomic } from '../atomic-file.ts'
import type { HomePaths } from '../home.ts'
import { parseJson } from '../parse-json.ts'

type Files = Pick<HomePaths, 'personal' | 'personalMet'>

const schema = z.strictObject({
  v: z.literal(1),
  /** sha2-256 of `personal.safetensors`. */
  model: z.string().regex(/^[0-9a-f]{64}$/),
  /** Contributions of others, ascending. */
  met: z.array(z.string()),
})

/** Notes what an own model has met that stays as it was: its file, and so its digest, is left alone. */
export async function saveDeclined({ personal, personalMet }: Files, met: readonly string[]): Promise<void> {
  const model = sha256Hex(await readFile(personal))
  await writeFileAtomic(personalMet, `${JSON.stringify({ v: 1, model, met })}\n`, { mode: 0o600 })
}

/** Undefined where the model that lies there has declined nothing since it was saved. @throws InvalidFileError */
export async function loadDeclined({ personal, personalMet }: Files): Promise<readonly string[] | undefined> {
  if (!existsSync(personalMet) || !existsSync(personal)) return undefined
  const { model, met } = parseJson(schema, await readFile(personalMet, 'utf8'), personalMet)
  return model === sha256Hex(await readFile(personal)) ? met : undefined
}
