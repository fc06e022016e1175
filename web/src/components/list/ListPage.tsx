import { Button, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus, Search, Upload } from "lucide-react";
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useRecords, useTotal } from "@/api/records";
import { useViews, type View } from "@/api/views";
import { useKeys } from "@/lib/keys";
import type { ListSearch } from "@/lib/search";
import { useTitle } from "../crumb";
import { directionOf } from "../fields/direction";
import { useFields } from "../fields/useFields";
import { FilterBar } from "../filter/FilterBar";
import { useResolved } from "../filter/useResolved";
import { useSave } from "../form/useSave";
import { useFormat } from "../preferences";
import { ProblemState } from "../problem";
import { ListSkeleton } from "../skeletons";
import { ColumnMenu } from "./ColumnMenu";
import { useColumns } from "./columns";
import type { ScreenDefinition } from "./definition";
import { EmptyList } from "./EmptyList";
import classes from "./ListPage.module.css";
import { ResourceTable } from "./ResourceTable";
import { useCursor } from "./useCursor";
import { useSelection } from "./useSelection";
import { ViewTabs } from "./ViewTabs";

// What a list does not begin with is fetched when it is first asked for.
const Peek = lazy(() => import("../record/Peek").then((found) => ({ default: found.Peek })));
const CreateDialog = lazy(() =>
  import("./CreateDialog").then((found) => ({ default: found.CreateDialog })),
);
const SelectionBar = lazy(() =>
  import("./SelectionBar").then((found) => ({ default: found.SelectionBar })),
);

interface Props {
  definition: ScreenDefinition;
  /** Buttons of this list only, such as the switch to a board. */
  actions?: ReactNode;
  /** Takes the place of the table, with the same filters and views. */
  instead?: (query: { q?: string; filter?: string }) => ReactNode;
}

/** Returns the state of a list, which its address keeps, and what changes it. */
export function useListSearch() {
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const change = useCallback(
    (changed: Partial<ListSearch>, replace = false) =>
      void navigate({
        to: ".",
        search: ((before: ListSearch) => ({ ...before, ...changed })) as never,
        replace,
      }),
    [navigate],
  );
  return { search, change };
}

/** The list of any resource: views, search, filters, table, selection, peek. */
export function ListPage({ definition, actions, instead }: Props) {
  const { t } = useTranslation(["common", definition.resource.service]);
  const format = useFormat();
  const { may } = useMe();
  const { resource } = definition;
  const { search, change } = useListSearch();
  const navigate = useNavigate();
  const fields = useFields(resource, definition.overrides);
  const { views } = useViews(resource.key);
  const view = views.find((one) => one.id === search.view);
  const { columns, setColumns } = useColumns(definition, fields, view?.state?.columns);
  const [comfortable, setComfortable] = useState(
    localStorage.getItem("wasl.comfortable") === "yes",
  );
  const { save, saveField, dialog } = useSave(resource);

  const filter = search.filter ?? view?.state?.filter ?? "";
  const sort = search.sort ?? view?.state?.orderBy ?? "";
  const q = search.q ?? view?.state?.q ?? "";
  const resolved = useResolved(filter, fields);
  const query = useMemo(
    () => ({ q, filter: resolved, orderBy: q ? "" : sort }),
    [q, resolved, sort],
  );
  const list = useRecords(resource, query);
  const { data: total } = useTotal(resource, query);
  const records = useMemo(
    () => list.data?.pages.flatMap((page) => page.records) ?? [],
    [list.data],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const selection = useSelection(records, JSON.stringify(query));
  const { cursor, setCursor, editing, setEditing } = useCursor({
    definition,
    records,
    columns: columns.shown,
    enabled: !instead,
    onOpen: (record) => void navigate({ to: `${definition.path}/${record.id}` }),
    onPeek: (record) => change({ peek: search.peek === record.id ? undefined : record.id }),
    onSelect: selection.toggle,
    canEdit: (record, field) => canEdit(record.id, field),
  });

  const title = t(`${definition.words}.title`);
  useTitle(title);
  const mayCreate = may(`${resource.key}.create`);
  const searchBox = useRef<HTMLInputElement>(null);
  useKeys({
    Slash: () => searchBox.current?.focus(),
    KeyC: () => mayCreate && change({ new: true }),
    Escape: () => search.peek && change({ peek: undefined }),
  });
  useEffect(() => {
    // The peek follows the row.
    const record = cursor && records[cursor.row];
    if (search.peek && record && record.id !== search.peek) change({ peek: record.id }, true);
  }, [cursor, records, search.peek, change]);

  function canEdit(id: string, name: string): boolean {
    const field = fields.find((one) => one.name === name);
    const record = records.find((one) => one.id === id);
    if (!field || !record || field.readOnly || definition.readOnly?.(record, field)) return false;
    return may(`${resource.key}.update`) && field.kind !== "addresses" && field.kind !== "time";
  }

  const changed =
    Boolean(search.filter !== undefined || search.sort || search.q) ||
    columnsDiffer(view, columns.shown);
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1>
          {title}
          {total !== undefined && <span className={classes.count}>{format.number(total)}</span>}
        </h1>
        <div className={classes.actions}>
          {actions}
          {resource.verbs.includes("import") && may(`${resource.key}.import`) && (
            <Button
              component={Link}
              to={`${definition.path}/import`}
              variant="default"
              size="xs"
              h={32}
              leftSection={<Upload size={14} aria-hidden />}
              className={classes.wide}
            >
              {t("action.import")}
            </Button>
          )}
          {!instead && (
            <ColumnMenu
              definition={definition}
              fields={fields}
              columns={columns}
              onColumns={setColumns}
              comfortable={comfortable}
              onComfortable={(wanted) => {
                setComfortable(wanted);
                localStorage.setItem("wasl.comfortable", wanted ? "yes" : "no");
              }}
            />
          )}
          {mayCreate && (
            <Tooltip label={t(`${definition.words}.create`)}>
              <Button
                size="xs"
                h={32}
                leftSection={<Plus size={14} aria-hidden />}
                onClick={() => change({ new: true })}
              >
                {t(`${definition.words}.one`)}
              </Button>
            </Tooltip>
          )}
        </div>
      </div>
      <ViewTabs
        resource={resource.key}
        views={views}
        current={view}
        state={{ filter, orderBy: sort, q, columns }}
        changed={changed}
        onOpen={(one) =>
          change({
            view: one?.id,
            filter: undefined,
            sort: undefined,
            q: undefined,
            peek: undefined,
          })
        }
      />
      <div className={classes.tools}>
        <SearchBox
          key={search.view}
          value={q}
          box={searchBox}
          label={t("list.search", { list: title })}
          onSearch={(text) => change({ q: text }, true)}
        />
        <FilterBar
          resource={resource}
          fields={fields.filter((field) => !definition.unfilterable?.includes(field.name))}
          filter={filter}
          onFilter={(text) => change({ filter: text || (view?.state?.filter ? "" : undefined) })}
        />
      </div>
      <div className={classes.main}>
        {instead ? (
          instead({ q, filter: resolved })
        ) : list.error && records.length === 0 ? (
          <ProblemState error={list.error} retry={() => void list.refetch()} />
        ) : list.isPending ? (
          <ListSkeleton />
        ) : records.length === 0 ? (
          <EmptyList
            definition={definition}
            asked={Boolean(q || filter)}
            onClear={() => change({ q: undefined, filter: undefined, view: undefined })}
            onCreate={mayCreate ? () => change({ new: true }) : undefined}
          />
        ) : (
          <ResourceTable
            definition={definition}
            fields={fields}
            columns={columns}
            onColumns={setColumns}
            records={records}
            hasMore={hasNextPage}
            onMore={more}
            sort={q ? "" : sort}
            onSort={(wanted) => change({ sort: wanted })}
            selected={selection.has}
            onSelect={selection.toggle}
            allSelected={
              selection.everything || (records.length > 0 && selection.ids.size >= records.length)
            }
            onSelectAll={selection.toggleShown}
            cursor={cursor}
            onCursor={setCursor}
            editing={editing}
            onEdit={setEditing}
            onSave={(record, field, value) => {
              setEditing(false);
              void saveField(record, field, value);
            }}
            comfortable={comfortable}
            label={title}
          />
        )}
        <Suspense>
          {search.peek && (
            <Peek
              definition={definition}
              fields={fields}
              id={search.peek}
              onSave={save}
              onClose={() => change({ peek: undefined })}
            />
          )}
        </Suspense>
      </div>
      <Suspense>
        {(selection.ids.size > 0 || selection.everything) && (
          <SelectionBar
            definition={definition}
            selection={selection}
            records={records}
            query={query}
            total={total}
            hasMore={hasNextPage}
          />
        )}
        {search.new && (
          <CreateDialog
            definition={definition}
            fields={fields}
            onClose={() => change({ new: undefined }, true)}
          />
        )}
      </Suspense>
      {dialog}
    </div>
  );
}

function columnsDiffer(view: View | undefined, shown: string[]): boolean {
  const kept = view?.state?.columns?.shown;
  return kept !== undefined && kept.join() !== shown.join();
}

interface SearchProps {
  value: string;
  label: string;
  box: React.RefObject<HTMLInputElement | null>;
  onSearch: (text: string | undefined) => void;
}

function SearchBox({ value, label, box, onSearch }: SearchProps) {
  const [text, setText] = useState(value);
  const send = useDebouncedCallback((typed: string) => onSearch(typed.trim() || undefined), 200);
  return (
    <TextInput
      ref={box}
      size="xs"
      type="search"
      {...directionOf(text)}
      className={classes.search}
      leftSection={<Search size={14} aria-hidden />}
      placeholder={label}
      aria-label={label}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
    />
  );
}
