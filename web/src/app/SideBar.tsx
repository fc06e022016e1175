import { ActionIcon, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Logo } from "@/components/Logo";
import classes from "./Frame.module.css";
import { SideBarViews } from "./SideBarViews";
import { useOpenWorkspaces } from "./useOpenWorkspaces";

interface Props {
  folded: boolean;
  onFold?: () => void;
  onGo?: () => void;
}

/** The workspaces that are open to the person, and the saved views of their lists. */
export function SideBar({ folded, onFold, onGo }: Props) {
  const { t } = useTranslation();
  const workspaces = useOpenWorkspaces();
  const Fold = folded ? PanelLeftOpen : PanelLeftClose;
  return (
    <nav className={classes.side} data-folded={folded || undefined} aria-label={t("frame.sideBar")}>
      <Link to="/" className={classes.brand} onClick={onGo} aria-label={t("product")}>
        <Logo size={24} />
        {!folded && <span aria-hidden>{t("product")}</span>}
      </Link>
      {workspaces.map((workspace) => (
        <div key={workspace.key}>
          {!folded && <div className={classes.section}>{t(workspace.label)}</div>}
          {workspace.places.map((place) => (
            <Tooltip key={place.to} label={t(place.label)} disabled={!folded} position="right">
              <Link
                to={place.to}
                className={classes.link}
                onClick={onGo}
                aria-label={folded ? t(place.label) : undefined}
              >
                <place.icon size={17} aria-hidden />
                {!folded && <span className={classes.linkText}>{t(place.label)}</span>}
              </Link>
            </Tooltip>
          ))}
        </div>
      ))}
      {!folded && (
        <SideBarViews places={workspaces.flatMap((workspace) => workspace.places)} onGo={onGo} />
      )}
      {onFold && (
        <div className={classes.bottom}>
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={onFold}
            aria-label={folded ? t("frame.unfold") : t("frame.fold")}
          >
            <Fold size={17} aria-hidden className="mirrored" />
          </ActionIcon>
        </div>
      )}
    </nav>
  );
}
