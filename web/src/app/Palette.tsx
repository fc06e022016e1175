import { Loader, Modal } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueries } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Plus, Search, type LucideIcon } from "lucide-react";
import { useEffect, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { nameOfRecord } from "@/api/names";
import { fetchPage } from "@/api/records";
import { resourceOf, type RecordJson } from "@/api/resource";
import type { Place } from "@/lib/places";
import classes from "./Palette.module.css";
import { useOpenWorkspaces } from "./useOpenWorkspaces";

interface Entry {
  id: string;
  icon: LucideIcon;
  title: string;
  hint?: string;
  act: () => void;
}

/** Every record by part of its name, and every action. */
export function Palette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal.Root opened={opened} onClose={onClose} centered={false} yOffset="12vh" size={620}>
      <Modal.Overlay />
      <Modal.Content aria-label={t("palette.title")}>
        <Finder onClose={onClose} />
      </Modal.Content>
    </Modal.Root>
  );
}

function Finder({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const { entries, searching } = useEntries(text, onClose);
  useEffect(() => setChosen(0), [text]);

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && entries.length) {
      event.preventDefault();
      setChosen((chosen + step + entries.length) % entries.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      entries[chosen]?.act();
    }
  }

  return (
    <>
      <div className={classes.search}>
        <Search size={18} aria-hidden />
        <input
          autoFocus
          data-autofocus
          dir={text ? "auto" : undefined}
          role="combobox"
          aria-expanded
          aria-controls="palette-results"
          aria-activedescendant={entries[chosen] && `palette-${chosen}`}
          aria-label={t("palette.title")}
          placeholder={t("palette.placeholder")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        {searching && <Loader size={16} aria-label={t("state.loading")} />}
      </div>
      <div
        id="palette-results"
        role="listbox"
        aria-label={t("palette.title")}
        className={classes.results}
      >
        {entries.map((entry, index) => (
          <div
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={classes.entry}
            ref={(element) => {
              if (index === chosen) element?.scrollIntoView({ block: "nearest" });
            }}
            onPointerMove={() => setChosen(index)}
            onClick={entry.act}
          >
            <entry.icon size={16} aria-hidden />
            <bdi className={classes.title}>{entry.title}</bdi>
            {entry.hint && <bdi className={classes.hint}>{entry.hint}</bdi>}
          </div>
        ))}
      </div>
      {entries.length === 0 && !searching && (
        <p className={classes.nothing}>{t("palette.nothing", { text })}</p>
      )}
    </>
  );
}

function useEntries(text: string, onClose: () => void) {
  const { t } = useTranslation();
  const { may } = useMe();
  const navigate = useNavigate();
  const [asked] = useDebouncedValue(text.trim(), 120);
  const places = useOpenWorkspaces().flatMap((workspace) => workspace.places);
  const searched = places.filter((place) => place.one && place.resource);
  const answers = useQueries({
    queries: searched.map((place) => ({
      queryKey: ["palette", place.resource, asked],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        fetchPage(resourceOf(place.resource ?? ""), { q: asked, pageSize: 5 }, signal),
      enabled: asked.length > 1,
    })),
  });

  function go(to: string, search: Record<string, unknown> = {}) {
    onClose();
    void navigate({ to, search });
  }
  const records = answers.flatMap((answer, index) => {
    const place = searched[index] as Place;
    return (asked.length > 1 ? (answer.data?.records ?? []) : []).map((record): Entry => ({
      id: record.id,
      icon: place.icon,
      title: nameOfRecord(record),
      hint: hintOf(record) || t(place.one ?? ""),
      act: () => go(`${place.to}/${record.id}`),
    }));
  });
  const commands = places.flatMap((place): Entry[] => [
    {
      id: `go ${place.to}`,
      icon: place.icon,
      title: t("palette.goTo", { place: t(place.label) }),
      act: () => go(place.to),
    },
    ...(place.one && place.resource && may(`${place.resource}.create`)
      ? [
          {
            id: `new ${place.to}`,
            icon: Plus,
            title: t("palette.create", { thing: t(place.one) }),
            act: () => go(place.to, { new: true }),
          },
        ]
      : []),
  ]);
  const wanted = text.trim().toLocaleLowerCase();
  const fitting = commands.filter((entry) => entry.title.toLocaleLowerCase().includes(wanted));
  return {
    entries: [...records, ...fitting],
    searching: asked.length > 1 && answers.some((answer) => answer.isFetching),
  };
}

function hintOf(record: RecordJson): string {
  const [email] = (record.emails ?? []) as { address: string }[];
  const words = [record.jobTitle, record.industry, record.externalId, email?.address];
  return words
    .filter((word) => typeof word === "string" && word)
    .slice(0, 2)
    .join(" · ");
}
