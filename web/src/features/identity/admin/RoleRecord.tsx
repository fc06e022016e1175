import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useCreate } from "@/api/records";
import type { RecordJson } from "@/api/resource";
import { localized, type Localized } from "@/components/fields/useFields";
import { RecordPage } from "@/components/record/RecordPage";
import { RelatedList } from "@/components/record/RelatedList";
import { toast, toastProblem } from "@/components/toast";
import { LANGUAGES } from "@/lib/preferences";
import type { Role } from "./access";
import { GrantMatrix } from "./GrantMatrix";
import { HiddenFields } from "./HiddenFields";
import { ROLES } from "./screens";

export function RoleRecord() {
  const { t } = useTranslation("identity");
  return (
    <RecordPage
      definition={ROLES}
      matter={(record) => <Purpose role={record as Role} />}
      action={(record) => <CopyRole role={record as Role} />}
      middleName={t("roles.tab")}
      middle={(record) => (
        <>
          <GrantMatrix role={record as Role} />
          <HiddenFields role={record as Role} />
          <RelatedList resource="identity.users" filter={`roleIds:"${record.id}"`} />
        </>
      )}
    />
  );
}

function Purpose({ role }: { role: Role }) {
  const { t, i18n } = useTranslation("identity");
  return (
    <>
      {role.builtIn && `${t("roles.builtIn")} · `}
      <bdi>{localized(role.description, i18n.language, "")}</bdi>
    </>
  );
}

/** Ready-made roles cannot be changed; a copy of one can. */
function CopyRole({ role }: { role: Role }) {
  const { t } = useTranslation("identity");
  const { may } = useMe();
  const navigate = useNavigate();
  const create = useCreate(ROLES.resource);
  const [busy, setBusy] = useState(false);
  if (!may("identity.roles.create")) return null;

  async function copy() {
    setBusy(true);
    try {
      const made: RecordJson = await create.mutateAsync({
        key: copyKey(role.key),
        label: copyLabel(role.label),
        description: role.description,
        grants: role.grants,
        hiddenFields: role.hiddenFields,
      });
      toast(t("roles.copied"));
      await navigate({ to: `/roles/${made.id}` });
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Button
      variant={role.builtIn ? "filled" : "default"}
      leftSection={<Copy size={14} aria-hidden />}
      loading={busy}
      onClick={() => void copy()}
    >
      {t("roles.copy")}
    </Button>
  );
}

/** A key that is most likely free; keys have letters and digits only. */
function copyKey(key: string): string {
  return `${key.slice(0, 40)}Copy${Date.now().toString(36).slice(-5)}`;
}

// Each language names the copy in its own words, whatever language the person reads.
const COPY_OF = {
  en: (label: string) => `${label} (copy)`,
  ar: (label: string) => `${label} (نسخة)`,
  fa: (label: string) => `${label} (رونوشت)`,
};

function copyLabel(label: Localized): Record<string, string> {
  return Object.fromEntries(
    LANGUAGES.map((language) => [
      language,
      label?.[language] ? COPY_OF[language](label[language]) : "",
    ]),
  );
}
