import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { eqeqeq: 'error', 'prefer-const': 'error', '@typescript-eslint/no-floating-promises': 'error' },
  },
  // A notebook shows the value of a cell's last expression.
  { files: ['test/notebooks/cells/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
);
