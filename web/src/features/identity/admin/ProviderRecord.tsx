import { ActionIcon, CopyButton, TextInput, Tooltip } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import type { RecordJson } from "@/api/resource";
import { LEFT_TO_RIGHT } from "@/components/fields/direction";
import { RecordPage } from "@/components/record/RecordPage";
import classes from "./admin.module.css";
import { GroupMappings, type Mapping } from "./GroupMappings";
import { PROVIDERS } from "./screens";

export function ProviderRecord() {
  const { t } = useTranslation("identity");
  return (
    <RecordPage
      definition={PROVIDERS}
      matter={(record) => t(record.enabled ? "oidcProviders.offered" : "oidcProviders.notOffered")}
      middleName={t("oidcProviders.setUp")}
      middle={(record) => <Setup provider={record} />}
    />
  );
}

/** What the provider must be told, and what its groups mean here. */
function Setup({ provider }: { provider: RecordJson }) {
  const { t } = useTranslation("identity");
  const { may } = useMe();
  const mappings = (provider.groupMappings as Mapping[] | undefined) ?? [];
  const address = `${window.location.origin}/sign-in/callback`;
  return (
    <div className={classes.page}>
      <section className={classes.card} aria-label={t("oidcProviders.redirect")}>
        <h2>{t("oidcProviders.redirect")}</h2>
        <p className={classes.hint}>{t("oidcProviders.redirectHint")}</p>
        <CopyLine label={t("oidcProviders.redirect")} text={address} />
      </section>
      <section className={classes.card} aria-label={t("oidcProviders.mappings")}>
        <h2>{t("oidcProviders.mappings")}</h2>
        <p className={classes.hint}>{t("oidcProviders.mappingsHint")}</p>
        <GroupMappings
          key={provider.etag}
          provider={provider}
          mappings={mappings}
          editable={may("identity.oidcProviders.update") && !provider.deleteTime}
        />
      </section>
    </div>
  );
}

function CopyLine({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  return (
    <TextInput
      aria-label={label}
      readOnly
      {...LEFT_TO_RIGHT}
      value={text}
      onFocus={(event) => event.currentTarget.select()}
      rightSection={
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Tooltip label={t(copied ? "action.copied" : "action.copy")}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t(copied ? "action.copied" : "action.copy")}
                onClick={copy}
              >
                {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      }
    />
  );
}
