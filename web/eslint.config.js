import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const FEATURES = ["contacts", "sales", "reporting", "identity"];

// Arrows point inward: app -> features -> components -> api, i18n -> lib. Features never meet.
const borders = [
  { files: ["src/lib/**"], forbidden: ["@/app/**", "@/features/**", "@/components/**"] },
  { files: ["src/api/**"], forbidden: ["@/app/**", "@/features/**", "@/components/**"] },
  { files: ["src/components/**"], forbidden: ["@/app/**", "@/features/**"] },
  ...FEATURES.map((feature) => ({
    files: [`src/features/${feature}/**`],
    forbidden: [
      "@/app/**",
      "../*",
      ...FEATURES.filter((other) => other !== feature).map((other) => `@/features/${other}/**`),
    ],
  })),
];

export default tseslint.config(
  { ignores: ["dist/**", "src/api/*.gen.ts", "scripts/**", "*.config.js"] },
  ...tseslint.configs.recommended,
  {
    plugins: { "react-hooks": reactHooks },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  ...borders.map(({ files, forbidden }) => ({
    files,
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: forbidden, message: "This would turn an arrow of web/README.md around." },
          ],
        },
      ],
    },
  })),
);
