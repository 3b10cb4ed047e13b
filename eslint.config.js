import n from 'eslint-plugin-n'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', 'wasm', '**/*.mjs', '**/*.cjs', 'eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    plugins: { n },
    languageOptions: {
      parserOptions: {
        project: [
          './tsconfig.json',
          './dashboard/tsconfig.json',
          './test/browser/tsconfig.json',
          './examples/library/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 4],
      complexity: ['error', 15],
      'no-console': 'error',
      'n/prefer-node-protocol': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off', // typed-array access under noUncheckedIndexedAccess
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    files: ['src/merge/**'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'fetch', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'the merge is a pure function' },
        { object: 'Date', property: 'now', message: 'the merge is a pure function' },
        ...['exp', 'log', 'pow', 'sin', 'cos', 'tanh', 'hypot', 'cbrt', 'expm1', 'log1p'].map((property) => ({
          object: 'Math',
          property,
          message: 'engines may differ in the last bit',
        })),
      ],
    },
  },
  {
    files: ['test/**', 'scripts/**'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-floating-promises': 'off', // node:test registers tests with a promise that is not awaited
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  {
    files: ['examples/**'],
    rules: { 'no-console': 'off' },
  },
)
