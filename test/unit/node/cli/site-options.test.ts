import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siteOptions, type SiteFlags } from '../../../../src/node/cli/site-options.ts'

const FLAGS: SiteFlags = { home: './a', site: 'registry', backbone: './vit', textColumn: 'text', labelColumn: 'label' } // prettier-ignore

test('a site says where its data are, or that it only listens', () => {
  assert.equal(siteOptions({ ...FLAGS, data: './scans' }).data, './scans')
  assert.deepEqual(siteOptions({ ...FLAGS, data: './texts.csv' }).columns, { text: 'text', label: 'label' })
  const listens = siteOptions({ ...FLAGS, listenOnly: true })
  assert.deepEqual([listens.listenOnly, 'data' in listens, 'columns' in listens], [true, false, false])
  assert.throws(() => siteOptions(FLAGS), { code: 'ERR_OPTIONS', message: /--data: expected .* or --listen-only/ }) // prettier-ignore
  assert.throws(() => siteOptions({ ...FLAGS, listenOnly: true, heldOut: './more' }), { code: 'ERR_OPTIONS', message: /--held-out/ }) // prettier-ignore
})
