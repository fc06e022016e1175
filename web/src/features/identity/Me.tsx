import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useTitle } from "@/components/crumb";
import classes from "./Me.module.css";
import { MyPassword } from "./MyPassword";
import { MyPreferences } from "./MyPreferences";
import { MySecondFactor } from "./MySecondFactor";
import { MySessions } from "./MySessions";

/** What a person may change of themselves. */
export function Me() {
  const { t } = useTranslation("identity");
  const { user } = useMe();
  useTitle(t("me.title"));
  if (!user) return null;
  return (
    <div className={classes.page}>
      <h1>{t("me.title")}</h1>
      <MyPreferences key={user.id} user={user} />
      <MyPassword />
      <MySecondFactor user={user} />
      <MySessions />
    </div>
  );
}
