/**
 * Filters as people build them: a list of conditions that all hold, to and from the text of AIP-160.
 *
 * Dates relative to today stand in the text as functions, `closeDate = thisMonth()`, so that a saved
 * view stays true; `resolveFilter` turns them into days of the person's calendar for the API.
 */

export type Operator =
  | "contains"
  | "begins"
  | "is"
  | "isNot"
  | "less"
  | "atMost"
  | "more"
  | "atLeast"
  | "period"
  | "filled"
  | "empty";

export interface Condition {
  field: string;
  operator: Operator;
  /** Several values mean any of them. */
  values: string[];
}

const SIGNS: Partial<Record<Operator, string>> = {
  contains: ":",
  is: "=",
  isNot: "!=",
  less: "<",
  atMost: "<=",
  more: ">",
  atLeast: ">=",
};
const BY_SIGN = new Map(Object.entries(SIGNS).map(([name, sign]) => [sign, name as Operator]));

/** Returns a text in the quotes of the filter language. */
export function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

function literal(value: string): string {
  return /^\w+\(\)$/.test(value) ? value : quoted(value);
}

function written({ field, operator, values }: Condition): string {
  switch (operator) {
    case "filled":
      return `${field}:*`;
    case "empty":
      return `-${field}:*`;
    case "begins":
      // The star must stand inside the quotes and must not be escaped.
      return `${field} = "${(values[0] ?? "").replace(/["\\*]/g, "\\$&")}*"`;
    case "period":
      return `${field} = ${values[0]}()`;
    case "isNot":
      return values.map((value) => `${field} != ${literal(value)}`).join(" AND ");
    case "contains":
      return anyOf(values.map((value) => `${field}:${literal(value)}`));
    default:
      return anyOf(values.map((value) => `${field} ${SIGNS[operator]} ${literal(value)}`));
  }
}

function anyOf(terms: string[]): string {
  return terms.length > 1 ? `(${terms.join(" OR ")})` : (terms[0] ?? "");
}

/** Returns the text of conditions that all hold. */
export function writeFilter(conditions: Condition[]): string {
  return conditions
    .filter((one) => one.values.length > 0 || one.operator === "filled" || one.operator === "empty")
    .map(written)
    .join(" AND ");
}

type Token = { kind: "word" | "string" | "sign" | "mark"; text: string };

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|(<=|>=|!=|[<>=:])|([()])|((?:[^\s()<>=!:"\\]|\\.)+))/y;

function tokens(text: string): Token[] | undefined {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim()) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, string, sign, mark, word] = match;
    if (string !== undefined) found.push({ kind: "string", text: string });
    else if (sign) found.push({ kind: "sign", text: sign });
    else if (mark) found.push({ kind: "mark", text: mark });
    else found.push({ kind: "word", text: word ?? "" });
  }
  return found;
}

/** Returns the conditions of a text, or undefined when it says more than chips can show. */
export function readFilter(text: string): Condition[] | undefined {
  const list = tokens(text);
  if (!list) return undefined;
  let at = 0;
  const is = (kind: Token["kind"], value: string) =>
    list[at]?.kind === kind && list[at]?.text === value;

  function comparison(): Condition | undefined {
    let field = list?.[at]?.kind === "word" ? (list[at]?.text ?? "") : "";
    const sign = list?.[at + 1];
    const value = list?.[at + 2];
    if (!field || sign?.kind !== "sign" || !value || value.kind === "mark") return undefined;
    at += 3;
    const negated = field.startsWith("-");
    field = field.replace(/^-/, "");
    if (sign.text === ":" && value.kind === "word" && value.text === "*") {
      return { field, operator: negated ? "empty" : "filled", values: [] };
    }
    const operator = BY_SIGN.get(sign.text);
    if (negated || !operator) return undefined;
    if (value.kind === "word" && is("mark", "(")) {
      if (list?.[at + 1]?.text !== ")") return undefined;
      at += 2;
      if (value.text === "me") return { field, operator, values: ["me()"] };
      return operator === "is" ? { field, operator: "period", values: [value.text] } : undefined;
    }
    const plain = value.text.replace(/\\(.)/g, "$1");
    if (operator === "is" && /(?:^|[^\\])\*$/.test(value.text)) {
      return { field, operator: "begins", values: [plain.slice(0, -1)] };
    }
    return { field, operator, values: [plain] };
  }

  function term(): Condition | undefined {
    const grouped = is("mark", "(");
    if (grouped) at += 1;
    const first = comparison();
    if (!first) return undefined;
    while (is("word", "OR")) {
      at += 1;
      const other = comparison();
      if (!other || other.field !== first.field || other.operator !== first.operator) {
        return undefined;
      }
      first.values.push(...other.values);
    }
    if (grouped) {
      if (!is("mark", ")")) return undefined;
      at += 1;
    }
    return first;
  }

  const conditions: Condition[] = [];
  while (at < list.length) {
    if (conditions.length > 0) {
      if (!is("word", "AND")) return undefined;
      at += 1;
    }
    const found = term();
    if (!found) return undefined;
    const before = conditions.at(-1);
    if (
      before &&
      before.field === found.field &&
      found.operator === "isNot" &&
      before.operator === "isNot"
    ) {
      before.values.push(...found.values);
    } else {
      conditions.push(found);
    }
  }
  return conditions;
}

/** What a filter's functions stand for. */
export interface Meaning {
  /** The first and last day of a period, `YYYY-MM-DD`; undefined for an unknown name. */
  period: (name: string) => [string, string] | undefined;
  me: string;
  /** Whether a field holds moments, which are compared with times, not days. */
  isTime: (field: string) => boolean;
  /** The moment at which a day begins for the person. */
  startOf: (day: string) => string;
  dayAfter: (day: string) => string;
}

/** Returns the text for the API: functions replaced by what they mean today. */
export function resolveFilter(text: string, meaning: Meaning): string {
  return text
    .replace(/\bme\(\)/g, () => quoted(meaning.me))
    .replace(/([\w.]+)\s*=\s*(\w+)\(\)/g, (whole, field: string, name: string) => {
      const days = meaning.period(name);
      if (!days) return whole;
      const [first, last] = days;
      if (!meaning.isTime(field)) return `${field} >= "${first}" AND ${field} <= "${last}"`;
      const end = meaning.startOf(meaning.dayAfter(last));
      return `${field} >= "${meaning.startOf(first)}" AND ${field} < "${end}"`;
    });
}
