import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useAllViews } from "@/api/views";
import type { Place } from "@/lib/places";
import classes from "./Frame.module.css";

/** More than this is a list of lists; the tabs over each list have them all. */
const SHOWN = 12;

interface Props {
  places: Place[];
  onGo?: () => void;
}

/** The saved views of the lists that are open to the person, theirs first. */
export function SideBarViews({ places, onGo }: Props) {
  const { t } = useTranslation();
  const views = useAllViews();
  const shown = views
    .map((view) => ({ view, place: places.find((one) => one.resource === view.resource) }))
    .filter((one): one is { view: (typeof views)[0]; place: Place } => one.place !== undefined)
    .slice(0, SHOWN);
  if (!shown.length) return null;
  return (
    <div role="group" aria-label={t("frame.views")}>
      <div className={classes.section}>{t("frame.views")}</div>
      {shown.map(({ view, place }) => (
        <Link
          key={view.id}
          to={place.to}
          search={{ view: view.id } as never}
          className={classes.link}
          onClick={onGo}
          title={t(place.label)}
        >
          <place.icon size={17} aria-hidden />
          <bdi className={classes.linkText}>{view.name}</bdi>
        </Link>
      ))}
    </div>
  );
}
