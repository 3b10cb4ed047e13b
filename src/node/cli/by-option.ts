import { InvalidArgumentError, Option } from 'commander'

const LONGEST = 200

/** Who chooses, for the site's log. */
export function byOption(): Option {
  return new Option('--by <name>', 'who chooses; goes into the audit log').argParser((value) => {
    const name = value.trim()
    if (name.length >= 1 && name.length <= LONGEST) return name
    throw new InvalidArgumentError(`expected a name of 1 to ${LONGEST} characters`)
  })
}

export const NOT_RECORDED =
  'not in the audit log yet, as another command is at work in this home; the next start of the node records it'
