import { Badge, Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useCreate } from "@/api/records";
import type { RecordJson } from "@/api/resource";
import { localized, type Localized } from "@/components/fields/useFields";
import { RecordPage } from "@/components/record/RecordPage";
import { RelatedList } from "@/components/record/RelatedList";
import { toast, toastProblem } from "@/components/toast";
import { GrantMatrix } from "./GrantMatrix";
import { HiddenFields } from "./HiddenFields";
import type { Role } from "./role";
import { ROLES } from "./screens";

export function RoleRecord() {
  return (
    <RecordPage
      definition={ROLES}
      matter={(record) => <Purpose role={record as Role} />}
      action={(record) => <CopyRole role={record as Role} />}
      middle={(record) => (
        <>
          <GrantMatrix role={record as Role} />
          <HiddenFields role={record as Role} />
        </>
      )}
      related={(record) => (
        <RelatedList resource="identity.users" filter={`roleIds:"${record.id}"`} />
      )}
    />
  );
}

function Purpose({ role }: { role: Role }) {
  const { t, i18n } = useTranslation("identity");
  return (
    <>
      {role.builtIn && (
        <Badge variant="light" color="gray">
          {t("roles.builtIn")}
        </Badge>
      )}{" "}
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
  if (!may("identity.roles.create")) return null;

  async function copy() {
    const named = (text: Localized) => ({
      en: text?.en ? `${text.en} (copy)` : "",
      ar: text?.ar ? `${text.ar} (نسخة)` : "",
      fa: text?.fa ? `${text.fa} (کپی)` : "",
    });
    try {
      const made: RecordJson = await create.mutateAsync({
        key: `${role.key}Copy${Math.floor(Math.random() * 1000)}`,
        label: named(role.label),
        description: role.description,
        grants: role.grants,
        hiddenFields: role.hiddenFields,
      });
      toast(t("roles.copied"));
      await navigate({ to: `/roles/${made.id}` });
    } catch (error) {
      toastProblem(error);
    }
  }

  return (
    <Button
      variant={role.builtIn ? "filled" : "default"}
      leftSection={<Copy size={14} aria-hidden />}
      onClick={() => void copy()}
    >
      {t("roles.copy")}
    </Button>
  );
}
