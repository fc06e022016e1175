import { ActionIcon, CloseButton, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Maximize2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { nameOfRecord } from "@/api/names";
import { useRecord } from "@/api/records";
import type { Field, RecordJson } from "@/api/resource";
import type { FieldChange } from "../form/useSave";
import type { ScreenDefinition } from "../list/definition";
import { ProblemState } from "../problem";
import { RecordSkeleton } from "../skeletons";
import { FieldList } from "./FieldList";
import classes from "./record.module.css";

interface Props {
  definition: ScreenDefinition;
  fields: Field[];
  id: string;
  onSave: (record: RecordJson, changes: FieldChange[]) => Promise<boolean>;
  onClose: () => void;
}

/** A record beside its list. */
export function Peek({ definition, fields, id, onSave, onClose }: Props) {
  const { t } = useTranslation();
  const { data: record, error, refetch } = useRecord(definition.resource, id);
  return (
    <aside className={classes.peek} aria-label={t("list.peek")}>
      <header className={classes.peekHead}>
        <h2>{record && <bdi>{nameOfRecord(record)}</bdi>}</h2>
        <Tooltip label={t("list.openFull")}>
          <ActionIcon
            component={Link}
            to={`${definition.path}/${id}`}
            variant="subtle"
            color="gray"
            aria-label={t("list.openFull")}
          >
            <Maximize2 size={15} aria-hidden className="mirrored" />
          </ActionIcon>
        </Tooltip>
        <CloseButton aria-label={t("action.close")} onClick={onClose} />
      </header>
      {error && !record && <ProblemState error={error} retry={() => void refetch()} />}
      {!record && !error && <RecordSkeleton />}
      {record && (
        <FieldList definition={definition} fields={fields} record={record} onSave={onSave} />
      )}
    </aside>
  );
}
