import { Button, CloseButton, Modal, Progress } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Download, Trash2, UserRoundCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call, pathWith } from "@/api/client";
import { useMe } from "@/api/me";
import {
  deleteRecords,
  fetchPage,
  oneByOne,
  refreshLists,
  undeleteRecords,
  type ListQuery,
} from "@/api/records";
import type { RecordJson } from "@/api/resource";
import { useKeys } from "@/lib/keys";
import { FieldInput } from "../fields/FieldInput";
import { useFormat } from "../preferences";
import { toast, toastProblem } from "../toast";
import type { ScreenDefinition } from "./definition";
import classes from "./ListPage.module.css";
import type { Selection } from "./useSelection";

interface Props {
  definition: ScreenDefinition;
  selection: Selection;
  records: RecordJson[];
  query: ListQuery;
  total: number | undefined;
  hasMore: boolean;
}

/** What can be done with the selected rows. */
export function SelectionBar({ definition, selection, records, query, total, hasMore }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useMe();
  const queryClient = useQueryClient();
  const { resource } = definition;
  const [assigning, setAssigning] = useState(false);
  const [progress, setProgress] = useState<number>();
  const owned = resource.fields.some((field) => field.name === "ownerId");
  const mayAssign = owned && may(`${resource.key}.update`);
  useKeys({ KeyA: () => mayAssign && setAssigning(true), Escape: selection.clear });

  const count = selection.everything ? (total ?? records.length) : selection.ids.size;
  const chosen = async (): Promise<RecordJson[]> => {
    if (!selection.everything) return records.filter((record) => selection.ids.has(record.id));
    const all: RecordJson[] = [];
    let pageToken = "";
    do {
      const page = await fetchPage(resource, { ...query, pageSize: 1000, pageToken });
      all.push(...page.records);
      pageToken = page.nextPageToken;
    } while (pageToken);
    return all;
  };
  const finish = async (error: unknown) => {
    setProgress(undefined);
    if (error) toastProblem(error);
    await refreshLists(queryClient, resource);
  };

  async function remove() {
    setProgress(0);
    const some = await chosen();
    const { deleted, error } = await deleteRecords(resource, some);
    selection.clear();
    await finish(error);
    if (!deleted.length) return;
    toast(t("state.deleted", { count: deleted.length }), () => {
      void undeleteRecords(resource, deleted)
        .then(() => toast(t("state.restored", { count: deleted.length })))
        .catch(toastProblem)
        .finally(() => void refreshLists(queryClient, resource));
    });
  }

  async function assign(ownerId: string) {
    setAssigning(false);
    setProgress(0);
    const some = await chosen();
    const { done, error } = await oneByOne(
      some,
      (record) =>
        call("PATCH", `/v1/${resource.collection}/${record.id}`, {
          body: { ownerId },
          etag: record.etag,
        }),
      (finished) => setProgress((finished / some.length) * 100),
    );
    await finish(error);
    toast(t("list.assigned", { count: done.length }));
  }

  const exported = pathWith(`/v1/${resource.collection}:export`, {
    ...query,
    format: "XLSX",
    ...(selection.everything
      ? {}
      : {
          q: "",
          filter: [...selection.ids]
            .slice(0, 60)
            .map((id) => `id = "${id}"`)
            .join(" OR "),
        }),
  });
  const exportable = selection.everything || selection.ids.size <= 60;
  const ownerField = resource.fields.find((field) => field.name === "ownerId");

  return (
    <div className={classes.selection} role="toolbar" aria-label={t("list.selection")}>
      <CloseButton aria-label={t("list.clearSelection")} onClick={selection.clear} />
      <strong>{t("list.selected", { count })}</strong>
      {!selection.everything && hasMore && selection.ids.size >= records.length && (
        <Button variant="subtle" size="compact-sm" onClick={selection.selectEverything}>
          {t("list.selectEverything", { count: total ?? 0 })}
        </Button>
      )}
      <span className={classes.space} />
      {progress !== undefined && (
        <Progress
          value={progress}
          animated
          className={classes.progress}
          aria-label={t("job.progress")}
        />
      )}
      {mayAssign && (
        <Button
          variant="default"
          size="xs"
          leftSection={<UserRoundCheck size={14} aria-hidden />}
          onClick={() => setAssigning(true)}
        >
          {t("action.assign")}
        </Button>
      )}
      {resource.verbs.includes("export") && may(`${resource.key}.export`) && exportable && (
        <Button
          component="a"
          href={exported}
          download
          variant="default"
          size="xs"
          leftSection={<Download size={14} aria-hidden />}
        >
          {t("action.export")}
        </Button>
      )}
      {may(`${resource.key}.delete`) && (
        <Button
          variant="default"
          size="xs"
          color="red"
          disabled={progress !== undefined}
          leftSection={<Trash2 size={14} aria-hidden />}
          onClick={() => void remove()}
        >
          {t("action.delete")}
        </Button>
      )}
      {assigning && ownerField && (
        <Modal
          opened
          onClose={() => setAssigning(false)}
          title={t("list.assignTo", { amount: format.number(count), count })}
          closeButtonProps={{ "aria-label": t("action.close") }}
        >
          <FieldInput
            resource={resource}
            field={ownerField}
            value=""
            autoFocus
            onChange={(id) => id && void assign(id as string)}
          />
        </Modal>
      )}
    </div>
  );
}
