/** Import arrows of ARCHITECTURE.md: merge <- training, merge <- gossip, all three <- node. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'merge-is-a-leaf',
      severity: 'error',
      from: { path: '^src/merge' },
      to: { path: '^src/(training|gossip|node|index)' },
    },
    {
      name: 'merge-is-pure',
      severity: 'error',
      from: { path: '^src/merge' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'training-knows-merge-only',
      severity: 'error',
      from: { path: '^src/training' },
      to: { path: '^src/(gossip|node|index)' },
    },
    {
      name: 'gossip-knows-merge-only',
      severity: 'error',
      from: { path: '^src/gossip' },
      to: { path: '^src/(training|node|index)' },
    },
    { name: 'errors-import-nothing', severity: 'error', from: { path: '^src/errors' }, to: { path: '.' } },
    {
      name: 'through-the-door',
      comment:
        'between folders import index.ts, or what loads less: records.ts of gossip, settings.ts of training',
      severity: 'error',
      from: { path: '^src/(merge|training|gossip|node)/' },
      to: {
        path: '^src/(merge|training|gossip|node)/',
        pathNot: [
          '^src/$1/',
          '^src/(merge|training|gossip|node)/index\\.ts$',
          '^src/(gossip/records|training/settings)\\.ts$',
        ],
      },
    },
    {
      name: 'nobody-imports-his-own-door',
      severity: 'error',
      from: { path: '^src/(merge|training|gossip)/(?!(index|records|settings)\\.ts)' },
      to: { path: '^src/$1/(index|records|settings)\\.ts$' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['main\\.ts$', 'index\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
    {
      name: 'only-dependencies',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
