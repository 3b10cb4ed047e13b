const [SOURCES, BUILT] = ['../../src/', '../../dist/'].map((path) => new URL(path, import.meta.url).href)

/** Hook of `module.register`. */
export function resolve(specifier, context, next) {
  const url = specifier.startsWith('.') ? new URL(specifier, context.parentURL).href : specifier
  if (!url.startsWith(SOURCES) || !url.endsWith('.ts')) return next(specifier, context)
  return next(`${BUILT}${url.slice(SOURCES.length, -3)}.js`, context)
}
