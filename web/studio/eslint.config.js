import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

export default defineConfig({ ignores: ["node_modules", "src/api/schema.d.ts", "public"] }, ...ts.configs.recommended, {
  files: ["src/**/*.{ts,tsx}", "tests/**/*.{ts,tsx}"],
  plugins: { "react-hooks": reactHooks },
  languageOptions: { parserOptions: { projectService: true } },
  rules: {
    "react-hooks/rules-of-hooks": "error",
    eqeqeq: ["error", "always", { null: "ignore" }],
    "no-console": "error",
    "@typescript-eslint/no-floating-promises": "error",
    "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
    "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
    "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
  },
});
