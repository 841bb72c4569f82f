import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Sources of time, chance and identity, so that tests can move the clock and nothing draws from a weak source. */
const ambient = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Time comes from clock.ts.',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time comes from clock.ts.' },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Chance comes from @keyhaven/crypto.',
  },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'The environment is read in config/ only.',
  },
];

export default tseslint.config(
  { ignores: ['**/node_modules/**', '**/dist/**', '.keyhaven/**', 'vectors/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      complexity: ['error', 15],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...ambient],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.test.ts', 'conformance/**', 'bench/**', 'tools/**', 'packages/testkit/**'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['packages/{server,cli}/src/clock.ts', 'packages/server/src/config/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.js', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', module: 'writable' } },
  },
);
