import { z } from 'zod'
import {
  MAX_ADDRESS_LENGTH,
  MAX_CLASS_LABEL_LENGTH,
  MAX_CLASSES,
  MAX_TASK_NAME_LENGTH,
} from '../gossip/records.ts'
import { MAX_NAME_LENGTH, MAX_REASON_LENGTH } from './outbox/outbox-item.ts'
import { parseJson } from './parse-json.ts'
import { addressSchema } from './peer-address.ts'

/** Room for a charter of ten thousand modules; everything else is short. */
export const MAX_COMMAND_BYTES = 4 * 1024 * 1024

/** A member or one who asks to be: by name, fingerprint, or the beginning of the peer id. */
const who = z.string().min(1).max(200)

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')

/** Ids that fit into a command. */
const MAX_ASKED = 50_000

const labels = z.array(z.string().min(1).max(MAX_CLASS_LABEL_LENGTH)).max(MAX_CLASSES)

/** What a person says of a contribution that is held. */
const outboxWord = {
  /** Or the beginning of it. */
  id: z.string().regex(/^[0-9a-f]{4,64}$/i, 'expected at least four hexadecimal digits of an id'),
  by: z.string().trim().min(1, 'expected the name of whoever decides').max(MAX_NAME_LENGTH),
  reason: z.string().trim().max(MAX_REASON_LENGTH),
}

/** What a person may ask of a node, running or not; one schema for the command line, the control port and tests. */
export const commandSchema = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('invite'),
    uses: z.number().int().min(1).max(1000),
    /** From now. */
    expiresMs: z
      .number()
      .int()
      .min(1000)
      .max(366 * 86_400_000),
    /** Where a member is to be found, besides what the node knows. */
    addresses: z.array(addressSchema.pipe(z.string().max(MAX_ADDRESS_LENGTH))).max(8),
  }),
  z.strictObject({ command: z.literal('accept'), who }),
  z.strictObject({ command: z.literal('refuse'), who }),
  z.strictObject({ command: z.literal('members') }),
  z.strictObject({
    command: z.literal('doctor'),
    /** Multiaddrs to be tried besides those known. */
    peers: z.array(z.string().startsWith('/').max(MAX_ADDRESS_LENGTH)).max(8),
  }),
  z.strictObject({ command: z.literal('remove'), who, past: z.enum(['keep', 'exclude']) }),
  z.strictObject({ command: z.literal('leave') }),
  z.strictObject({ command: z.literal('replace'), who, next: who }),
  z.strictObject({
    command: z.literal('amend'),
    /** Text of the new charter. */
    charter: z.string(),
    carries: z.enum(['contributions', 'nothing']),
  }),
  z.strictObject({
    command: z.literal('withdraw'),
    upTo: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  }),
  z.strictObject({
    command: z.literal('task-open'),
    name: z.string().min(1).max(MAX_TASK_NAME_LENGTH),
    /** In any order. */
    classes: labels,
    /** Those that this site has samples of; what is no class of the task is left out. */
    held: labels,
    /** Whether a class may be spelt almost as another, or be one of the charter. */
    force: z.boolean(),
  }),
  z.strictObject({ command: z.literal('tasks') }),
  /** Reads the site's policy file now. */
  z.strictObject({ command: z.literal('policy-reload') }),
  z.strictObject({ command: z.literal('outbox-release'), ...outboxWord }),
  z.strictObject({ command: z.literal('outbox-refuse'), ...outboxWord }),
  /** Opens the dashboard where it is not open yet, and says where it is. */
  z.strictObject({ command: z.literal('dashboard') }),
  /** Puts what waits to be recorded into the audit log. */
  z.strictObject({ command: z.literal('audit-flush') }),
  /** What merges are computed from, without payloads: all that is admitted, or what is known of these contributions. */
  z.strictObject({
    command: z.literal('holdings'),
    ids: z.array(digest).max(MAX_ASKED).readonly().optional(),
  }),
  /** A person has chosen what the site serves: it is to be recorded. */
  z.strictObject({ command: z.literal('model-chosen') }),
])

export type NodeCommand = z.infer<typeof commandSchema>
export type CommandOf<Name extends NodeCommand['command']> = Extract<NodeCommand, { command: Name }>

/** @throws InvalidFileError - names the field, what was expected and what was found */
export function checkCommand(text: string): NodeCommand {
  return parseJson(commandSchema, text, 'command')
}
