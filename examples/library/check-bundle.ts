/** An outsider's look at a bundle: does the merge follow from the contributions, and what would it be without one site? */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  charterDigest,
  mergeFiles,
  readCharter,
  readClaim,
  readLedgerFile,
  readRoundsFile,
  verifyMerge,
} from 'peermerge'

const [bundle, without] = process.argv.slice(2)
if (bundle === undefined)
  throw new Error('usage: check-bundle.ts BUNDLE [PEER], as peermerge contributions wrote it')

const names = await readdir(bundle)
const files = names.filter((name) => name.endsWith('.contribution')).map((name) => join(bundle, name))
const charter = await readCharter({ charter: join(bundle, 'charter.json') })
const ledger = names.includes('ledger.cbor')
  ? await readLedgerFile(join(bundle, 'ledger.cbor'), charterDigest(charter))
  : undefined
const rounds = names.includes('rounds.cbor') ? await readRoundsFile(join(bundle, 'rounds.cbor')) : undefined
const claim = await readClaim(join(bundle, 'merge.json'))

const { ok, actual, checks, missing, additional, refused } = await verifyMerge(charter, files, claim, {
  tensors: join(bundle, 'merge.safetensors'),
  ledger,
  rounds,
})
console.log(`charter ${charterDigest(charter)}`) // compare it with one that you trust
for (const { what, expected, actual: found } of checks.filter((check) => !check.ok))
  console.log(`${what}: expected ${expected}, got ${found}`)
for (const { file, message } of refused) console.log(`${file}: ${message}`)
for (const id of [...missing, ...additional])
  console.log(`${id}: only in the ${missing.includes(id) ? 'claim' : 'files'}`)
console.log(`${ok ? 'holds' : 'does not hold'}: ${actual}, ${checks.length} checks`)
process.exitCode = ok ? 0 : 1

if (without !== undefined) {
  // a consortium with rounds has no such merge, and refuses
  const left = await mergeFiles(charter, files, {
    statements: ledger?.statements,
    rounds,
    without: [without],
  })
  console.log(`without ${without}: ${left.summary.digest} of ${left.summary.cut.length} contributions`)
  for (const [name, { shape }] of [...left.result.adapter].slice(0, 2))
    console.log(`  ${name} [${shape.join(', ')}]`)
}
