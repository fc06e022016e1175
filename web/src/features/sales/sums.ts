import type { Money } from "@/lib/format";
import type { Opportunity } from "./opportunity";

const UNITS = 10_000n;

function toUnits(amount: string): bigint {
  const [whole = "0", fraction = ""] = amount.replace("-", "").split(".");
  const units = BigInt(whole) * UNITS + BigInt(fraction.padEnd(4, "0").slice(0, 4));
  return amount.startsWith("-") ? -units : units;
}

function toAmount(units: bigint): string {
  const size = units < 0n ? -units : units;
  const text = `${size / UNITS}.${String(size % UNITS).padStart(4, "0")}`;
  return (units < 0n ? "-" : "") + text;
}

/** Returns the exact sum of deals in the currency that most of them have. */
export function totalOf(deals: Opportunity[]): Money | undefined {
  const sums = new Map<string, { units: bigint; count: number }>();
  for (const { amount } of deals) {
    if (!amount?.amount) continue;
    const sum = sums.get(amount.currency) ?? { units: 0n, count: 0 };
    sums.set(amount.currency, { units: sum.units + toUnits(amount.amount), count: sum.count + 1 });
  }
  const [first] = [...sums].sort(([, a], [, b]) => b.count - a.count);
  return first && { currency: first[0], amount: toAmount(first[1].units) };
}

/** Returns an amount times a probability in percent, rounded down to a ten-thousandth. */
export function weighted(money: Money, probability: number): Money {
  return { ...money, amount: toAmount((toUnits(money.amount) * BigInt(probability)) / 100n) };
}
