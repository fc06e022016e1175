import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "@/api/client";
import { putRecord, refreshLists } from "@/api/records";
import type { RecordJson } from "@/api/resource";
import { SecretDialog } from "@/components/SecretDialog";
import { toast, toastProblem } from "@/components/toast";
import { USERS } from "./screens";

export type UserMove = "invite" | "disable" | "enable" | "signOut" | "reset";

/** Returns what may be done with a person's access, and the dialog with an invitation's link. */
export function useUserMoves() {
  const { t } = useTranslation("identity");
  const queryClient = useQueryClient();
  const [link, setLink] = useState("");

  async function move(user: RecordJson, verb: UserMove) {
    try {
      const answer = await post<RecordJson & { user?: RecordJson; url?: string }>(
        `/v1/users/${user.id}:${verb}`,
      );
      putRecord(queryClient, USERS.resource, answer.user ?? answer);
      await refreshLists(queryClient, USERS.resource);
      if (answer.url) setLink(answer.url);
      else toast(t(`users.did.${verb}`));
    } catch (error) {
      toastProblem(error);
    }
  }

  const dialog = link && (
    <SecretDialog
      title={t("users.invited")}
      hint={t("users.inviteHint")}
      secret={link}
      onClose={() => setLink("")}
    />
  );
  return { move, dialog };
}
