import { SegmentedControl, VisuallyHidden } from "@mantine/core";
import { Network, Rows3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ListPage, useListSearch } from "@/components/list/ListPage";
import { TeamTree } from "./admin/TeamTree";
import { TEAMS } from "./screens";

/** Teams as a tree or as a table, with the same views and filters. */
export function TeamList() {
  const { t } = useTranslation("identity");
  const { search, change } = useListSearch();
  const table = search.layout === "table";
  const option = (value: string, Icon: typeof Rows3, name: string) => ({
    value,
    label: (
      <>
        <Icon size={15} aria-hidden style={{ display: "block" }} />
        <VisuallyHidden>{name}</VisuallyHidden>
      </>
    ),
  });
  return (
    <ListPage
      definition={TEAMS}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("teams.layout")}
          value={table ? "table" : "tree"}
          data={[
            option("tree", Network, t("teams.asTree")),
            option("table", Rows3, t("teams.asTable")),
          ]}
          onChange={(layout) =>
            change({ layout: layout === "table" ? "table" : undefined, peek: undefined })
          }
        />
      }
      instead={table ? undefined : (query) => <TeamTree definition={TEAMS} query={query} />}
    />
  );
}
