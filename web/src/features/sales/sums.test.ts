import { describe, expect, it } from "vitest";
import type { Opportunity } from "./opportunity";
import { totalOf, weighted } from "./sums";

const deal = (amount: string, currency = "USD") =>
  ({ amount: { amount, currency } }) as Opportunity;

describe("the sum of a column", () => {
  it("is exact where floats are not", () => {
    const deals = [deal("0.10"), deal("0.20"), deal("999999999999999.99")];
    expect(totalOf(deals)).toEqual({ currency: "USD", amount: "1000000000000000.2900" });
  });

  it("is that of the currency that most deals have", () => {
    expect(totalOf([deal("5", "EUR"), deal("1"), deal("2")])?.currency).toBe("USD");
  });

  it("is nothing without amounts", () => {
    expect(totalOf([{ name: "a" } as Opportunity])).toBeUndefined();
  });

  it("is weighted by probability", () => {
    expect(weighted({ amount: "-10.50", currency: "USD" }, 50).amount).toBe("-5.2500");
  });
});
