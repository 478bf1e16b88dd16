import tseslint from 'typescript-eslint';

// The rooms of lib/src, from what knows nothing of the field to what people touch: a room imports from those before it.
const ROOMS = [
  ...['files', 'tensors', 'statistics', 'processes', 'images', 'convnet', 'benchmarks', 'tables'],
  ...['priors', 'predictors', 'search', 'experiments', 'charts', 'notebook', 'cli'],
];

const noImportRunsUpward = ROOMS.map((room, i) => ({
  files: [`lib/src/${room}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: ROOMS.slice(i + 1).map((later) => ({
          regex: `^(\\.\\./)+${later}/`,
          message: `The room "${room}" must not know "${later}" (lib/README.md).`,
        })),
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist/', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ObjectExpression > SpreadElement > ObjectExpression',
          message: 'An object is written as an object: no spread of a literal to fold its lines.',
        },
      ],
    },
  },
  {
    files: ['lib/src/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 80, skipComments: true, skipBlankLines: true }] },
  },
  ...noImportRunsUpward.filter((_, i) => i < ROOMS.length - 1),
  // A notebook shows the value of a cell's last expression.
  { files: ['test/notebooks/cells/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
);
