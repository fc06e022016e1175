import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { ChevronRight, CircleHelp, MenuIcon, Plus, Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useCrumb } from "@/components/crumb";
import { resourceOf } from "@/api/resource";
import { allPlaces } from "@/lib/places";
import classes from "./Frame.module.css";
import { MeMenu } from "./MeMenu";
import { Notifications } from "./Notifications";

interface Props {
  onMenu: () => void;
  onSearch: () => void;
  onHelp: () => void;
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Where am I, search, create, notifications, me. */
export function TopBar({ onMenu, onSearch, onHelp }: Props) {
  const { t } = useTranslation();
  const { user } = useMe();
  return (
    <header className={classes.top}>
      <ActionIcon
        hiddenFrom="sm"
        variant="subtle"
        color="gray"
        size="lg"
        onClick={onMenu}
        aria-label={t("frame.menu")}
      >
        <MenuIcon size={18} aria-hidden />
      </ActionIcon>
      <Crumbs />
      <button type="button" className={classes.search} onClick={onSearch}>
        <Search size={16} aria-hidden />
        <span>{t("action.search")}</span>
        <kbd className="ltr" aria-hidden>
          {IS_MAC ? "⌘K" : "Ctrl K"}
        </kbd>
      </button>
      <CreateMenu />
      <Notifications />
      <Tooltip label={t("frame.help")}>
        <ActionIcon
          visibleFrom="sm"
          variant="subtle"
          color="gray"
          size="lg"
          onClick={onHelp}
          aria-label={t("frame.help")}
        >
          <CircleHelp size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <MeMenu>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("frame.me")}>
          <span className={classes.me} data-initials={initialsOf(user?.displayName ?? "")} />
        </ActionIcon>
      </MeMenu>
    </header>
  );
}

/** Two letters; Arabic ones are kept apart by a space that joins nothing. */
function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => word?.[0] ?? "",
  );
  return letters.join("\u200c").toLocaleUpperCase();
}

function Crumbs() {
  const { t } = useTranslation();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const record = useCrumb();
  const place = allPlaces().find((one) => path === one.to || path.startsWith(`${one.to}/`));
  if (!place) return <div className={classes.crumbs} />;
  return (
    <ol className={classes.crumbs}>
      <li>
        <Link to={place.to}>{t(place.label)}</Link>
      </li>
      {record && path !== place.to && (
        <li>
          <ChevronRight size={14} aria-hidden className="mirrored" />
          <bdi>{record}</bdi>
        </li>
      )}
    </ol>
  );
}

function CreateMenu() {
  const { t } = useTranslation();
  const { may } = useMe();
  const navigate = useNavigate();
  const places = allPlaces().filter(
    (place) => place.one && place.resource && may(`${resourceOf(place.resource).key}.create`),
  );
  if (places.length === 0) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="filled" size="lg" aria-label={t("action.create")}>
          <Plus size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {places.map((place) => (
          <Menu.Item
            key={place.to}
            leftSection={<place.icon size={16} aria-hidden />}
            onClick={() => void navigate({ to: place.to, search: { new: true } })}
          >
            {t(place.one ?? "")}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
