import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from "@mantine/core";

const teal: MantineColorsTuple = [
  "#effcf9",
  "#d3f8f0",
  "#a6f0e2",
  "#5eead4",
  "#2dd4bf",
  "#14b8a6",
  "#0d9488",
  "#0f766e",
  "#115e59",
  "#134e4a",
];
const slate: MantineColorsTuple = [
  "#f8fafc",
  "#f1f5f9",
  "#e2e8f0",
  "#cbd5e1",
  "#94a3b8",
  "#64748b",
  "#526077",
  "#334155",
  "#1e293b",
  "#0f172a",
];
const night: MantineColorsTuple = [
  "#e7ecf4",
  "#c4cddc",
  "#9aa8be",
  "#7d8ca5",
  "#66768f",
  "#33415c",
  "#18223a",
  "#0f1626",
  "#0b111e",
  "#070c16",
];

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 7, dark: 4 },
  // The accent is light in the dark and dark in the light, and so is what stands on it.
  variantColorResolver: (input) =>
    input.variant === "filled" && (!input.color || input.color === "teal")
      ? {
          background: "var(--wasl-accent)",
          hover: "var(--wasl-accent-hover)",
          color: "var(--wasl-on-accent)",
          border: "1px solid transparent",
        }
      : defaultVariantColorsResolver(input),
  colors: { teal, gray: slate, dark: night },
  fontFamily: '"Inter Variable", "Vazirmatn Variable", system-ui, sans-serif',
  headings: { fontFamily: '"Inter Variable", "Vazirmatn Variable", system-ui, sans-serif' },
  defaultRadius: 6,
  fontSizes: { xs: "0.75rem", sm: "0.875rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "20px", xl: "24px" },
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm" } },
    Modal: {
      defaultProps: { centered: true, transitionProps: { duration: 80 } },
      styles: { title: { fontWeight: 600, fontSize: "1rem" } },
    },
    Menu: { defaultProps: { transitionProps: { duration: 60 }, shadow: "md" } },
    Popover: { defaultProps: { transitionProps: { duration: 60 }, shadow: "md" } },
    Tooltip: { defaultProps: { openDelay: 400, transitionProps: { duration: 60 } } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: { "--mantine-shadow-md": "var(--wasl-shadow)" },
  light: {
    "--mantine-color-dimmed": "#526077",
    "--mantine-color-placeholder": "#64748b",
    "--mantine-color-error": "#b42318",
    "--input-bd": "#8493a8",
    "--mantine-color-default-border": "#b3bfcd",
  },
  dark: {
    "--mantine-color-dimmed": "#9aa8be",
    "--mantine-color-placeholder": "#8b9ab2",
    "--mantine-color-error": "#ff9a8f",
    "--mantine-color-body": "#0f1626",
    "--mantine-color-text": "#e7ecf4",
    "--mantine-color-default-border": "#3d4c68",
  },
});
