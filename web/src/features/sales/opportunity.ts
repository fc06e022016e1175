import type { RecordJson } from "@/api/resource";
import type { components } from "@/api/schema.gen";
import type { Money } from "@/lib/format";

export type Pipeline = components["schemas"]["Pipeline"];
export type Stage = components["schemas"]["Stage"];

/** A deal as the API sends it. */
export interface Opportunity extends RecordJson {
  name: string;
  state: "OPEN" | "WON" | "LOST";
  stageId: string;
  pipelineId: string;
  amount?: Money;
  ownerId: string;
  companyId: string;
  contactId: string;
  closeDate: string;
  lostReason: string;
  productLines?: { productId: string; quantity: string; unitPrice?: Money; total?: Money }[];
}

/** Whether an open deal should have been closed by now. */
export function isOverdue(deal: Opportunity, today: string): boolean {
  return deal.state === "OPEN" && deal.closeDate !== "" && deal.closeDate < today;
}

/** What a move to another stage is called in the API; undefined when there is no such move. */
export function moveTo(
  stage: Stage,
  deal: Opportunity,
): "update" | "win" | "lose" | "reopen" | undefined {
  if (stage.kind === "OPEN") return deal.state === "OPEN" ? "update" : "reopen";
  if (deal.state !== "OPEN") return undefined;
  return stage.kind === "WON" ? "win" : "lose";
}
