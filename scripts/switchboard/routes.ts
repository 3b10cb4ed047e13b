/** A service of containers, and at which ports the sites in it are reached: one at `port`, or replica n at the port whose digits are these and n. */
export interface Route {
  readonly service: string
  readonly digits: string
  readonly isReplicated: boolean
}

/** Replicas that have a port; the digits and two more must stay a port. */
export const MAX_REPLICAS = 40

/** `founder=4100 site=430*`: a service and its port, or with a star its replicas’ ports 4301, 4302 … 43010. */
export function parseRoutes(text: string): Route[] {
  return text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      const [, service, digits, star] = /^([\w-]+)=(\d{3,5})(\*?)$/.exec(part) ?? []
      if (service === undefined || digits === undefined || (star !== '' && digits.length > 3))
        throw new Error(`routes: expected SERVICE=PORT or SERVICE=DIGITS* with three digits, got ${part}`)
      return { service, digits, isReplicated: star !== '' }
    })
}

/** Sites and ports of a route. */
export function portsOf({ service, digits, isReplicated }: Route): { site: string; port: number }[] {
  if (!isReplicated) return [{ site: service, port: Number(digits) }]
  return Array.from({ length: MAX_REPLICAS }, (_, index) => ({
    site: `${service}-${index + 1}`,
    port: Number(`${digits}${index + 1}`),
  }))
}

/** Which site a container is, by a name of its: `stack_site.3.x8f2`, `project_site_3`, `project-site-3.network`; undefined for none of these. */
export function siteOfContainer(routes: readonly Route[], name: string): string | undefined {
  for (const { service, isReplicated } of routes) {
    const number = new RegExp(`(?:^|[._-])${service}[._-](\\d+)(?:\\.|$)`).exec(name)?.[1]
    if (number !== undefined) return isReplicated ? `${service}-${number}` : service
  }
  return undefined
}
