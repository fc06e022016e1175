import { Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "@/api/client";
import { useMe } from "@/api/me";
import { refreshLists } from "@/api/records";
import type { RecordJson } from "@/api/resource";
import { SecretDialog } from "@/components/SecretDialog";
import { RecordPage } from "@/components/record/RecordPage";
import { Timeline } from "@/components/record/Timeline";
import { toast, toastProblem } from "@/components/toast";
import { USERS } from "./screens";

export function UserRecord() {
  return (
    <RecordPage
      definition={USERS}
      matter={(record) => <bdi className="ltr">{record.email as string}</bdi>}
      action={(record) => <Moves user={record} />}
      middle={(record) => <Timeline record={record} />}
    />
  );
}

/** What the state of the person allows: invite, disable, enable, sign out, reset the second factor. */
function Moves({ user }: { user: RecordJson }) {
  const { t } = useTranslation("identity");
  const { may } = useMe();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState("");
  const [link, setLink] = useState("");

  async function move(verb: string) {
    setBusy(verb);
    try {
      const answer = await post<{ url?: string }>(`/v1/users/${user.id}:${verb}`);
      if (answer.url) setLink(answer.url);
      toast(t(`users.done.${verb}`));
      await queryClient.invalidateQueries({ queryKey: [USERS.resource.key, "record", user.id] });
      await refreshLists(queryClient, USERS.resource);
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy("");
    }
  }

  const offered =
    user.state === "DISABLED"
      ? ["enable"]
      : user.state === "INVITED"
        ? ["invite", "disable"]
        : ["signOut", ...(user.secondFactor ? ["reset"] : []), "disable"];
  return (
    <Group gap="xs">
      {offered
        .filter((verb) => may(`identity.users.${verb}`))
        .map((verb, index) => (
          <Button
            key={verb}
            variant={index === 0 && verb !== "signOut" ? "filled" : "default"}
            loading={busy === verb}
            onClick={() => void move(verb)}
          >
            {t(`users.${verb}`)}
          </Button>
        ))}
      {link && (
        <SecretDialog
          title={t("users.link")}
          hint={t("users.linkHint")}
          secret={link}
          onClose={() => setLink("")}
        />
      )}
    </Group>
  );
}
