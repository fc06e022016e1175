import { ActionIcon, Tooltip } from "@mantine/core";
import { Share2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import type { RecordJson, Resource } from "@/api/resource";

// Few records are shared: the dialog is fetched by those who open it.
const ShareDialog = lazy(() => import("./ShareDialog"));

/** Opens one record to other people; only records with an owner can be shared. */
export function ShareButton({ resource, record }: { resource: Resource; record: RecordJson }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const [open, setOpen] = useState(false);
  const owned = resource.fields.some((field) => field.name === "ownerId");
  if (!owned || record.deleteTime || !may(`${resource.service}.shares.list`)) return null;
  return (
    <>
      <Tooltip label={t("share.do")}>
        <ActionIcon
          variant="default"
          size={36}
          aria-label={t("share.do")}
          onClick={() => setOpen(true)}
        >
          <Share2 size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {open && (
        <Suspense fallback={null}>
          <ShareDialog resource={resource} record={record} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
