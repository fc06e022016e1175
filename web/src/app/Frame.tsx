import { Drawer } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { ListSkeleton } from "@/components/skeletons";
import { useKeys, type Bindings } from "@/lib/keys";
import { allPlaces } from "@/lib/places";
import classes from "./Frame.module.css";
import { SideBar } from "./SideBar";
import { TopBar } from "./TopBar";

// Fetched when they are first asked for.
const Palette = lazy(() => import("./Palette").then((found) => ({ default: found.Palette })));
const Help = lazy(() => import("./Help").then((found) => ({ default: found.Help })));

const FOLDED = "wasl.sideBar";

/** The side bar, the top bar, and the page between them. */
export function Frame() {
  const { t } = useTranslation(["common", "contacts", "sales", "reporting", "identity"]);
  const navigate = useNavigate();
  const narrow = useMediaQuery("(max-width: 48em)");
  const [folded, setFolded] = useState(localStorage.getItem(FOLDED) === "folded");
  const [menu, showMenu] = useDisclosure();
  const [palette, showPalette] = useDisclosure();
  const [help, showHelp] = useDisclosure();

  const goTo: Bindings = {};
  for (const place of allPlaces()) {
    if (place.key) goTo[`KeyG ${place.key}`] = () => void navigate({ to: place.to });
  }
  useKeys({
    "Mod+KeyK": showPalette.open,
    "Shift+Slash": showHelp.open,
    ...goTo,
  });

  function fold() {
    localStorage.setItem(FOLDED, folded ? "" : "folded");
    setFolded(!folded);
  }

  return (
    <div className={classes.frame} data-folded={(folded && !narrow) || undefined}>
      <a href="#content" className={classes.skip}>
        {t("skipToContent")}
      </a>
      {!narrow && <SideBar folded={folded} onFold={fold} />}
      <Drawer
        opened={menu && narrow === true}
        onClose={showMenu.close}
        size={260}
        title={t("product")}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        <SideBar folded={false} onGo={showMenu.close} />
      </Drawer>
      <TopBar onMenu={showMenu.open} onSearch={showPalette.open} onHelp={showHelp.open} />
      <main id="content" className={classes.content} tabIndex={-1}>
        <Suspense fallback={<ListSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      <Suspense>
        {palette && <Palette opened onClose={showPalette.close} />}
        {help && <Help opened onClose={showHelp.close} />}
      </Suspense>
    </div>
  );
}
