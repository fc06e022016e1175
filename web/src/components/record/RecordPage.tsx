import { ActionIcon, Button, Menu } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useCanGoBack, useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { Ellipsis, Trash2, Undo2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { nameOfRecord } from "@/api/names";
import { deleteRecords, refreshLists, undeleteRecords, useRecord } from "@/api/records";
import type { RecordJson } from "@/api/resource";
import { useKeys } from "@/lib/keys";
import type { RecordSearch } from "@/lib/search";
import { useTitle } from "../crumb";
import { useFields } from "../fields/useFields";
import { useSave } from "../form/useSave";
import type { ScreenDefinition } from "../list/definition";
import { ProblemState } from "../problem";
import { ShareButton } from "../share/ShareButton";
import { RecordSkeleton } from "../skeletons";
import { toast, toastProblem } from "../toast";
import { FieldList } from "./FieldList";
import classes from "./record.module.css";

interface Props {
  definition: ScreenDefinition;
  /** The one thing that matters now, under the name. */
  matter?: (record: RecordJson) => ReactNode;
  /** The one action that follows. */
  action?: (record: RecordJson) => ReactNode;
  /** The middle: timeline and what else there is to tell. */
  middle: (record: RecordJson) => ReactNode;
  /** The name of the middle where there is room for one part only; "Activity" when left out. */
  middleName?: string;
  /** The end column: related records. */
  related?: (record: RecordJson) => ReactNode;
}

const THREE_COLUMNS = 1100;
const TWO_COLUMNS = 640;

/** One record: fields, middle, related; two columns or tabs where there is less room. */
export function RecordPage({ definition, matter, action, middle, middleName, related }: Props) {
  const { t } = useTranslation(["common", definition.resource.service]);
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: record, error, refetch } = useRecord(definition.resource, id);
  const fields = useFields(definition.resource, definition.overrides);
  const { save, dialog } = useSave(definition.resource);
  const { ref, width } = useElementSize();
  const { tab = "fields" } = useSearch({ strict: false }) as RecordSearch;
  const navigate = useNavigate();
  useTitle(record ? nameOfRecord(record) : "", true);
  const router = useRouter();
  const canGoBack = useCanGoBack();
  // Back to the list as it was left, with its filters.
  useKeys({
    Escape: () => (canGoBack ? router.history.back() : void navigate({ to: definition.path })),
  });

  if (error && !record) return <ProblemState error={error} retry={() => void refetch()} />;
  if (!record) return <RecordSkeleton />;
  const columns = width === 0 || width >= THREE_COLUMNS ? 3 : width >= TWO_COLUMNS ? 2 : 1;
  const fieldList = (
    <FieldList definition={definition} fields={fields} record={record} onSave={save} />
  );
  const tabs = [
    { key: "fields", label: t("record.fields"), content: fieldList },
    { key: "middle", label: middleName ?? t("record.activity"), content: middle(record) },
    ...(related ? [{ key: "related", label: t("record.related"), content: related(record) }] : []),
  ];
  const shown = tabs.find((one) => one.key === tab) ?? tabs[0];
  return (
    <div
      ref={ref}
      className={classes.page}
      data-two={columns === 2 || (columns === 3 && !related) || undefined}
      data-one={columns === 1 || undefined}
    >
      <header className={classes.head}>
        <div className={classes.who}>
          <h1>
            <bdi>{nameOfRecord(record)}</bdi>
          </h1>
          {matter && <p className={classes.matter}>{matter(record)}</p>}
        </div>
        {!record.deleteTime && action?.(record)}
        <ShareButton resource={definition.resource} record={record} />
        <More definition={definition} record={record} onChanged={() => void refetch()} />
      </header>
      {columns === 1 ? (
        <>
          <div role="tablist" className={classes.tabs}>
            {tabs.map((one) => (
              <Button
                key={one.key}
                role="tab"
                aria-selected={one === shown}
                variant={one === shown ? "light" : "subtle"}
                color={one === shown ? undefined : "gray"}
                size="compact-sm"
                onClick={() =>
                  void navigate({ to: ".", search: { tab: one.key } as never, replace: true })
                }
              >
                {one.label}
              </Button>
            ))}
          </div>
          <div className={`${classes.column} ${classes.middle}`}>{shown?.content}</div>
        </>
      ) : (
        <>
          <div className={`${classes.column} ${classes.fieldsColumn}`}>{fieldList}</div>
          <div className={`${classes.column} ${classes.middle}`}>
            {columns === 2 && related?.(record)}
            {middle(record)}
          </div>
          {columns === 3 && related && (
            <div className={`${classes.column} ${classes.related}`}>{related(record)}</div>
          )}
        </>
      )}
      {dialog}
    </div>
  );
}

interface MoreProps {
  definition: ScreenDefinition;
  record: RecordJson;
  onChanged: () => void;
}

function More({ definition, record, onChanged }: MoreProps) {
  const { t } = useTranslation();
  const { may } = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { resource } = definition;

  async function restore() {
    try {
      await undeleteRecords(resource, [record]);
      toast(t("state.restored", { count: 1 }));
      await refreshLists(queryClient, resource);
      onChanged();
    } catch (error) {
      toastProblem(error);
    }
  }
  async function remove() {
    const { deleted, error } = await deleteRecords(resource, [record]);
    if (error) toastProblem(error);
    if (!deleted.length) return;
    await navigate({ to: definition.path });
    queryClient.removeQueries({ queryKey: [resource.key, "record", record.id] });
    await refreshLists(queryClient, resource);
    toast(t("state.deleted", { count: 1 }), () => void restore());
  }

  if (record.deleteTime) {
    return (
      <Button
        variant="default"
        leftSection={<Undo2 size={14} aria-hidden />}
        onClick={() => void restore()}
      >
        {t("action.undo")}
      </Button>
    );
  }
  if (!may(`${resource.key}.delete`)) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t("action.more")}>
          <Ellipsis size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          color="red"
          leftSection={<Trash2 size={14} aria-hidden />}
          onClick={() => void remove()}
        >
          {t("action.delete")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
