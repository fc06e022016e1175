import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "@/api/client";
import { putRecord, refreshLists } from "@/api/records";
import { resourceOf, type Field, type RecordJson } from "@/api/resource";
import { FormDialog, ResourceForm } from "@/components/form/ResourceForm";
import { useFormat } from "@/components/preferences";
import { toast, toastProblem } from "@/components/toast";
import { todayIn, wireDay } from "@/lib/calendar";
import type { Opportunity } from "./opportunity";

type Verb = "win" | "lose";
const RESOURCE = resourceOf("sales.opportunities");

/** Returns what closes and reopens deals, with the small dialogs that ask for what is needed. */
export function useMoves(onEnd: (deal: Opportunity) => void = () => undefined) {
  const { t } = useTranslation("sales");
  const { preferences } = useFormat();
  const queryClient = useQueryClient();
  const [asked, setAsked] = useState<{ verb: Verb; deal: Opportunity }>();

  async function send(deal: Opportunity, verb: string, body: Record<string, unknown>) {
    const moved = await post<RecordJson>(`/v1/opportunities/${deal.id}:${verb}`, {
      ...body,
      etag: deal.etag,
    });
    putRecord(queryClient, RESOURCE, moved);
    await refreshLists(queryClient, RESOURCE);
    return moved as Opportunity;
  }

  async function reopen(deal: Opportunity, stageId = "") {
    try {
      await send(deal, "reopen", { stageId });
      toast(t("opportunities.reopened"));
    } catch (error) {
      toastProblem(error);
    } finally {
      onEnd(deal);
    }
  }

  function close() {
    if (asked) onEnd(asked.deal);
    setAsked(undefined);
  }

  const dialog = asked && (
    <FormDialog title={t(`opportunities.${asked.verb}Title`)} onClose={close}>
      <ResourceForm
        resource={RESOURCE}
        fields={fieldsOf(asked.verb, asked.deal, t("fields.reason"))}
        initial={{ closeDate: wireDay(todayIn(preferences)), amount: asked.deal.amount }}
        submitLabel={t(`opportunities.${asked.verb}`)}
        onCancel={close}
        onSubmit={async (body) => {
          const moved = await send(asked.deal, asked.verb, body);
          toast(
            t(asked.verb === "win" ? "opportunities.won" : "opportunities.lost"),
            () => void reopen(moved, asked.deal.stageId),
          );
          close();
        }}
      />
    </FormDialog>
  );
  return {
    dialog,
    reopen,
    win: (deal: Opportunity) => setAsked({ verb: "win", deal }),
    lose: (deal: Opportunity) => setAsked({ verb: "lose", deal }),
  };
}

function fieldsOf(verb: Verb, deal: Opportunity, reasonLabel: string): Field[] {
  const named = (name: string) => RESOURCE.fields.filter((field) => field.name === name);
  if (verb === "lose") {
    const reason: Field = {
      name: "reason",
      kind: "text",
      label: reasonLabel,
      required: true,
      maxLength: 500,
    };
    return [reason, ...named("closeDate")];
  }
  const hasLines = (deal.productLines?.length ?? 0) > 0;
  return [...(hasLines ? [] : named("amount")), ...named("closeDate")];
}
