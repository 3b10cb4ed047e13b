import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const LINK = /\]\(([^()\s]+)\)/g
const ELSEWHERE = /^[a-z]+:/

test('every relative link of the documents leads to a file, and to a heading where it names one', async () => {
  const files = await documents()
  assert.ok(files.length > 20, `only ${files.length} documents`)
  const lost: string[] = []
  for (const file of files) {
    for (const link of linksIn(await readFile(file, 'utf8')))
      if (!(await leads(file, link))) lost.push(`${relative(root, file)}: ${link}`)
  }
  assert.deepEqual(lost, [])
})

async function documents(): Promise<string[]> {
  const below = async (folder: string): Promise<string[]> =>
    (await readdir(join(root, folder), { recursive: true })).map((name) => join(root, folder, name))
  const top = (await readdir(root)).map((name) => join(root, name))
  return [...top, ...(await below('docs')), ...(await below('examples'))].filter((file) =>
    file.endsWith('.md'),
  )
}

function linksIn(text: string): string[] {
  const links = [...withoutCode(text).matchAll(LINK)].map(([, link]) => link!)
  return links.filter((link) => !ELSEWHERE.test(link))
}

async function leads(from: string, link: string): Promise<boolean> {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? from : join(dirname(from), path)
  if (!existsSync(target)) return false
  return heading === undefined || headingsOf(await readFile(target, 'utf8')).includes(heading)
}

/** As GitHub makes anchors of headings. */
function headingsOf(text: string): string[] {
  const headings = withoutCode(text, /^```[^]*?^```/gm).matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutCode(text: string, code = /^```[^]*?^```|`[^`\n]*`/gm): string {
  return text.replace(code, '')
}
