const MAX_LENGTH = 40

/** Names of sites from any texts: short, distinct, and good as names of files. */
export function siteNames(texts: readonly string[]): string[] {
  const taken = new Set<string>()
  return texts.map((text) => {
    const plain = text.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+|[.-]+$/g, '')
    const base = Array.from(plain).slice(0, MAX_LENGTH).join('') || 'site'
    let name = base
    for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${base}-${i}`
    taken.add(name.toLowerCase())
    return name
  })
}
