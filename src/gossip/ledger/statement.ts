import { sha256Hex } from '../../merge/index.ts'
import { MAX_NAME_LENGTH, MAX_PARENTS, MAX_STATEMENT_BYTES, STATEMENT_DOMAIN } from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { isSignedUnder, signUnder } from '../wire/signature.ts'
import { decodeSigned, encodeSigned } from '../wire/signed-bytes.ts'
import { decodeWire, digestsBytes, encodeWire, type Fields } from '../wire/wire.ts'
import { actionToWire, readAction } from './action-codec.ts'
import { checkAction } from './check-action.ts'
import type { OpenedStatement, Statement } from './types.ts'

const OPERAND = 'statement'

/** @throws RefusedError `too-large` - and what an action that does not hold is refused for: nothing is signed that others would refuse */
export async function signStatement(statement: Statement, identity: Identity): Promise<OpenedStatement> {
  const { parents, action } = statement
  const fields = { ...statement, parents: digestsBytes(parents), action: actionToWire(action) }
  const content = encodeWire(OPERAND, fields, MAX_STATEMENT_BYTES)
  const signature = await signUnder(STATEMENT_DOMAIN, content, identity)
  return openStatement(
    encodeSigned(OPERAND, { content, signature }, MAX_STATEMENT_BYTES),
    statement.consortium,
  )
}

/**
 * In this order: size, decode, consortium, signature, what the action carries with it. Whether it has an effect is for the fold to say.
 *
 * @throws RefusedError `too-large`, `malformed`, `wrong-consortium`, `bad-signature`
 */
export async function openStatement(bytes: Uint8Array, consortium: string): Promise<OpenedStatement> {
  const { content, signature } = decodeSigned(OPERAND, bytes, MAX_STATEMENT_BYTES)
  const statement = decodeWire(OPERAND, content, MAX_STATEMENT_BYTES, readStatement)
  if (statement.consortium !== consortium) {
    throw new RefusedError('wrong-consortium', OPERAND, 'belongs to another consortium')
  }
  if (!(await isSignedUnder(STATEMENT_DOMAIN, content, signature, statement.author))) {
    throw new RefusedError('bad-signature', OPERAND, `not signed by ${statement.author}`)
  }
  await checkAction(statement.action, consortium)
  return { id: sha256Hex(content), statement, bytes }
}

function readStatement(fields: Fields): Statement {
  const parents = fields.digests('parents', MAX_PARENTS)
  if (parents.some((id, i) => i > 0 && id <= parents[i - 1]!)) {
    throw new RefusedError('malformed', OPERAND, 'parents are not in ascending order')
  }
  return {
    v: fields.integer('v', 1, 1) as 1,
    consortium: fields.text('consortium', MAX_NAME_LENGTH),
    author: fields.peer('author'),
    parents,
    action: fields.nested('action', readAction),
  }
}
