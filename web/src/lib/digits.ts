const ARABIC_INDIC = 0x660;
const PERSIAN = 0x6f0;

/** Returns text with Arabic-Indic and Persian digits, separators and signs as ASCII. */
export function toAsciiDigits(text: string): string {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - ARABIC_INDIC))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - PERSIAN))
    .replace(/٫/g, ".")
    .replace(/٬/g, ",")
    .replace(/[\u2212\u2013]/g, "-")
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, "");
}

/** Reads a number that a person typed, in any script, as plain decimal text; undefined if it is none. */
export function toDecimal(text: string): string | undefined {
  const plain = toAsciiDigits(text)
    .replace(/[\s,'’_]/g, "")
    .replace(/^\+/, "");
  return /^-?\d{1,15}(\.\d{1,4})?$/.test(plain) ? plain : undefined;
}
