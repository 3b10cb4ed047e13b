import { Option } from 'commander'

/** Which model of a home answers. */
export function modelOption(): Option {
  return new Option(
    '--model <which>',
    'served (what the site has chosen), merged (the newest), merged:DIGEST (one that is kept), personal (this site’s own), or a state’s file (default: served, else merged, else personal)',
  )
}
