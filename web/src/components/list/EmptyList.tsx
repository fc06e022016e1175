import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./ListPage.module.css";
import type { ScreenDefinition } from "./definition";

interface Props {
  definition: ScreenDefinition;
  /** Whether a search or filter is on. */
  asked: boolean;
  onClear: () => void;
  onCreate?: () => void;
}

/** One sentence and one button. */
export function EmptyList({ definition, asked, onClear, onCreate }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.empty}>
      <p>{asked ? t("list.noMatch") : t(`${definition.words}.empty`)}</p>
      <Group justify="center">
        {asked && (
          <Button variant="default" onClick={onClear}>
            {t("list.clearAll")}
          </Button>
        )}
        {!asked && onCreate && (
          <Button onClick={onCreate}>{t(`${definition.words}.create`)}</Button>
        )}
      </Group>
    </div>
  );
}
