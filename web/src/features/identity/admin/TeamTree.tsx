import { ActionIcon, Tooltip } from "@mantine/core";
import { DndContext, PointerSensor, useSensor, useSensors, type DragEndEvent } from "@dnd-kit/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CornerLeftUp, Plus } from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { fetchPage } from "@/api/records";
import type { RecordJson, Resource } from "@/api/resource";
import { useSave } from "@/components/form/useSave";
import type { ScreenDefinition } from "@/components/list/definition";
import { CreateDialog } from "@/components/list/CreateDialog";
import { useFields } from "@/components/fields/useFields";
import { useFormat } from "@/components/preferences";
import { ProblemState } from "@/components/problem";
import { ListSkeleton } from "@/components/skeletons";
import { isRtl } from "@/lib/preferences";
import { TeamLine, TopOfTree } from "./TeamLine";
import classes from "./TeamTree.module.css";
import { mayMove, treeLines, type TeamNode } from "./tree";

type Team = RecordJson & TeamNode;

const PARENT = { name: "parentId", kind: "reference", reference: "identity.teams" } as const;

async function allTeams(resource: Resource, filter: string, q: string, signal: AbortSignal) {
  const found: Team[] = [];
  for (let pageToken = "", first = true; first || pageToken; first = false) {
    const page = await fetchPage(resource, { filter, q, pageSize: 1000, pageToken }, signal);
    found.push(...(page.records as Team[]));
    pageToken = page.nextPageToken;
  }
  return found;
}

interface Props {
  definition: ScreenDefinition;
  query: { q?: string; filter?: string };
}

/** Teams as a tree: arrow keys walk it, dragging moves a team, "+" adds one below. */
export function TeamTree({ definition, query }: Props) {
  const { t } = useTranslation("identity");
  const { may } = useMe();
  const format = useFormat();
  const navigate = useNavigate();
  const { resource } = definition;
  const fields = useFields(resource, definition.overrides);
  const { saveField, dialog } = useSave(resource);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState("");
  const [below, setBelow] = useState<Team>();
  const box = useRef<HTMLUListElement>(null);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 6 } }));
  const { q = "", filter = "" } = query;
  const { data, error, refetch } = useQuery({
    queryKey: [resource.key, "page", "tree", filter, q],
    queryFn: async ({ signal }) => ({
      records: await allTeams(resource, filter, q, signal),
      nextPageToken: "",
    }),
  });
  if (error) return <ProblemState error={error} retry={() => void refetch()} />;
  if (!data) return <ListSkeleton />;
  const teams = data.records;
  const lines = treeLines(teams, folded, format.compare);
  const focusable = lines.some((line) => line.team.id === current) ? current : lines[0]?.team.id;
  const mayChange = may(`${resource.key}.update`);

  function focus(id: string | undefined) {
    if (!id) return;
    setCurrent(id);
    box.current?.querySelector<HTMLElement>(`[data-team="${id}"]`)?.focus();
  }
  function fold(id: string, wanted: boolean) {
    const next = new Set(folded);
    if (wanted) next.add(id);
    else next.delete(id);
    setFolded(next);
  }
  function onKeyDown(event: KeyboardEvent, index: number) {
    const line = lines[index];
    if (!line || event.target !== event.currentTarget) return;
    const { id } = line.team;
    const rtl = isRtl(format.preferences.language);
    const [into, out] = rtl ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    const open = line.children > 0 && !folded.has(id);
    if (event.key === "ArrowDown") focus(lines[index + 1]?.team.id);
    else if (event.key === "ArrowUp") focus(lines[index - 1]?.team.id);
    else if (event.key === "Home") focus(lines[0]?.team.id);
    else if (event.key === "End") focus(lines.at(-1)?.team.id);
    else if (event.key === into && open) focus(lines[index + 1]?.team.id);
    else if (event.key === into) fold(id, false);
    else if (event.key === out && open) fold(id, true);
    else if (event.key === out) focus(line.team.parentId || undefined);
    else if (event.key === "Enter") void navigate({ to: `${definition.path}/${id}` });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function move({ active, over }: DragEndEvent) {
    const team = teams.find((one) => one.id === active.id);
    const parent = over?.id === "top" ? "" : String(over?.id ?? active.id);
    if (team && mayMove(teams, team.id, parent)) void saveField(team, PARENT, parent);
  }

  return (
    <DndContext sensors={sensors} onDragEnd={move}>
      <div className={classes.box}>
        <ul ref={box} role="tree" aria-label={t("teams.title")} className={classes.tree}>
          {lines.map((line, index) => (
            <TeamLine
              key={line.team.id}
              line={line}
              teams={teams}
              path={`${definition.path}/${line.team.id}`}
              folded={folded.has(line.team.id)}
              focusable={line.team.id === focusable}
              movable={mayChange}
              onFocus={() => setCurrent(line.team.id)}
              onFold={() => fold(line.team.id, !folded.has(line.team.id))}
              onKeyDown={(event) => onKeyDown(event, index)}
              actions={
                <>
                  {mayChange && line.team.parentId && (
                    <Tooltip label={t("teams.toTop")}>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        tabIndex={line.team.id === focusable ? 0 : -1}
                        aria-label={`${t("teams.toTop")}: ${line.team.name}`}
                        onClick={() => void saveField(line.team, PARENT, "")}
                      >
                        <CornerLeftUp size={15} aria-hidden className="mirrored" />
                      </ActionIcon>
                    </Tooltip>
                  )}
                  {may(`${resource.key}.create`) && (
                    <Tooltip label={t("teams.addBelow")}>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        tabIndex={line.team.id === focusable ? 0 : -1}
                        aria-label={`${t("teams.addBelow")}: ${line.team.name}`}
                        onClick={() => setBelow(line.team)}
                      >
                        <Plus size={15} aria-hidden />
                      </ActionIcon>
                    </Tooltip>
                  )}
                </>
              }
            />
          ))}
        </ul>
        {mayChange && <TopOfTree teams={teams} />}
        {lines.length === 0 && <p className={classes.none}>{t("teams.empty")}</p>}
      </div>
      {below && (
        <CreateDialog
          definition={definition}
          fields={fields}
          initial={{ parentId: below.id }}
          onClose={() => setBelow(undefined)}
        />
      )}
      {dialog}
    </DndContext>
  );
}
