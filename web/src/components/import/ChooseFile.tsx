import { Button } from "@mantine/core";
import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./import.module.css";

interface Props {
  onChoose: (file: File) => void;
  busy: boolean;
  refusal: string;
}

/** A file, chosen or dropped. */
export function ChooseFile({ onChoose, busy, refusal }: Props) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [file] = event.dataTransfer.files;
        if (file) onChoose(file);
      }}
    >
      <FileUp size={28} aria-hidden />
      <p>{t("import.drop")}</p>
      {refusal && (
        <p className={classes.refused} role="alert">
          {refusal}
        </p>
      )}
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.tsv,.txt,.xlsx"
        aria-label={t("import.file")}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) onChoose(file);
          event.currentTarget.value = "";
        }}
      />
      <Button loading={busy} onClick={() => input.current?.click()}>
        {t("import.choose")}
      </Button>
    </div>
  );
}
