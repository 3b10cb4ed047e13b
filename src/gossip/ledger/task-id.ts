import { encode } from '@ipld/dag-cbor'
import { sha256Hex } from '../../merge/index.ts'
import { TASK_DOMAIN } from '../constants.ts'
import type { TaskAction } from './types.ts'

/**
 * What names a task for good: sha2-256 over canonical dag-cbor, in hexadecimal. Equal for equal name and classes, whoever opens it.
 * `classes` as in a `TaskAction`: ascending, each once.
 */
export function taskId(consortium: string, { name, classes }: Pick<TaskAction, 'name' | 'classes'>): string {
  return sha256Hex(encode({ domain: TASK_DOMAIN, consortium, name, classes }))
}
