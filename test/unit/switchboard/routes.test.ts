import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRoutes, portsOf, siteOfContainer } from '../../../scripts/switchboard/routes.ts'

const routes = parseRoutes('founder=4100 site=430*')

test('one site has one port, replicas have each their own, and no two sites the same', () => {
  const ports = routes.flatMap(portsOf)
  const portOf = (site: string): number | undefined => ports.find((one) => one.site === site)?.port
  assert.deepEqual([portOf('founder'), portOf('site-1'), portOf('site-12')], [4100, 4301, 43_012])
  assert.equal(new Set(ports.map(({ port }) => port)).size, ports.length)
  assert.ok(ports.every(({ port }) => port > 1_024 && port < 65_536))
})

test('a site is known by its container’s name, however the engine writes it', () => {
  const named = (name: string): string | undefined => siteOfContainer(routes, name)
  assert.equal(named('lab_site.3.x8f2k1.lab_mesh'), 'site-3')
  assert.equal(named('lab_site_12.lab_north'), 'site-12')
  assert.equal(named('lab-site-2.lab_north'), 'site-2')
  assert.equal(named('lab_founder.1.abc.lab_mesh'), 'founder')
  assert.equal(named('my-site-7_site_2.my-site-7_north'), 'site-2', 'a project may be called anything')
  assert.equal(named('lab_switchboard.1.abc.lab_mesh'), undefined)
  assert.equal(named('3f2a.lab_mesh'), undefined)
})

test('a route that is none is named', () => {
  for (const wrong of ['site', 'site=x', 'site=4300*', 'site=43*x'])
    assert.throws(() => parseRoutes(`founder=4100 ${wrong}`), new RegExp(wrong.replace('*', '\\*')))
})
