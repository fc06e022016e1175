import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ban } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useName } from "@/api/names";
import { deleteRecords, refreshLists, undeleteRecords } from "@/api/records";
import type { RecordJson } from "@/api/resource";
import { RecordPage } from "@/components/record/RecordPage";
import { Timeline } from "@/components/record/Timeline";
import { toast, toastProblem } from "@/components/toast";
import { API_KEYS } from "./screens";

export function ApiKeyRecord() {
  return (
    <RecordPage
      definition={API_KEYS}
      matter={(record) => <ActsAs id={String(record.userId)} />}
      action={(record) => <Revoke apiKey={record} />}
      middle={(record) => <Timeline record={record} />}
    />
  );
}

function ActsAs({ id }: { id: string }) {
  const { t } = useTranslation("identity");
  return <bdi>{t("apiKeys.actsAs", { person: useName("identity.users", id) ?? "…" })}</bdi>;
}

/** Takes the key out of use; the toast brings it back. */
function Revoke({ apiKey }: { apiKey: RecordJson }) {
  const { t } = useTranslation("identity");
  const { may } = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { resource } = API_KEYS;
  if (!may("identity.apiKeys.delete")) return null;

  async function revoke() {
    const { deleted, error } = await deleteRecords(resource, [apiKey]);
    if (!deleted.length) return toastProblem(error);
    await navigate({ to: API_KEYS.path });
    queryClient.removeQueries({ queryKey: [resource.key, "record", apiKey.id] });
    await refreshLists(queryClient, resource);
    toast(t("apiKeys.revoked"), () => {
      undeleteRecords(resource, [apiKey])
        .then(() => refreshLists(queryClient, resource))
        .catch(toastProblem);
    });
  }

  return (
    <Button
      variant="default"
      leftSection={<Ban size={14} aria-hidden />}
      onClick={() => void revoke()}
    >
      {t("apiKeys.revoke")}
    </Button>
  );
}
