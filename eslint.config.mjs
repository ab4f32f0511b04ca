import jupyter from '@jupyter/eslint-plugin';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// A rule that only warns is a rule that nobody keeps.
const jupyterRules = Object.fromEntries(
  Object.keys(jupyter.configs.recommended[0].rules).map(rule => [rule, 'error'])
);

export default tseslint.config(
  {
    ignores: [
      'lib/',
      'node_modules/',
      'src/api/generated/',
      'python_bridge/',
      'test-results/',
      '.venv/',
      '.sandbox/',
      '*.config.*'
    ]
  },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['src/**/*.{ts,tsx}', 'ui-tests/**/*.ts'],
    plugins: { 'react-hooks': reactHooks, jupyter },
    languageOptions: { parserOptions: { project: 'tsconfig.tests.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...reactHooks.configs.recommended.rules,
      ...jupyterRules,
      // Lumino's signals take `this` as their second argument.
      '@typescript-eslint/unbound-method': 'off',
      // The size that loads before the panel opens is measured instead (benchmarks/bundle-size).
      'jupyter/prefer-lazy-imports': 'off',
      // Numbers read well in templates; objects are still refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }]
    }
  }
);
