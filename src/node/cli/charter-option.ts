import { Option } from 'commander'

export function charterOption(): Option {
  return new Option('--charter <file>', 'charter.json of the consortium').makeOptionMandatory()
}
