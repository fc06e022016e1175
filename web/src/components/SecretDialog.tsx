import { Button, Group, Modal, TextInput } from "@mantine/core";
import { Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LEFT_TO_RIGHT } from "./fields/direction";
import classes from "./SecretDialog.module.css";

interface Props {
  title: string;
  hint: string;
  secret: string;
  onClose: () => void;
}

/** Something that is shown once, with what copies it. */
export function SecretDialog({ title, hint, secret, onClose }: Props) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <div className={classes.secret}>
        <p>{hint}</p>
        <TextInput
          aria-label={title}
          {...LEFT_TO_RIGHT}
          readOnly
          value={secret}
          onFocus={(event) => event.currentTarget.select()}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button
            variant="default"
            leftSection={<Copy size={14} aria-hidden />}
            onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}
          >
            {copied ? t("action.copied") : t("action.copy")}
          </Button>
          <Button onClick={onClose}>{t("action.done")}</Button>
        </Group>
      </div>
    </Modal>
  );
}
