import { SegmentedControl, VisuallyHidden } from "@mantine/core";
import { Kanban, Rows3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ListPage, useListSearch } from "@/components/list/ListPage";
import { OpportunityBoard } from "./OpportunityBoard";
import { useOpportunities } from "./screens";

/** Deals as a list or as a board, with the same views and filters. */
export function OpportunityList() {
  const { t } = useTranslation("sales");
  const { definition, pipelines } = useOpportunities();
  const { search, change } = useListSearch();
  const board = search.layout === "board";
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
      definition={definition}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("opportunities.layout")}
          value={board ? "board" : "list"}
          data={[
            option("list", Rows3, t("opportunities.asList")),
            option("board", Kanban, t("opportunities.asBoard")),
          ]}
          onChange={(layout) =>
            change({ layout: layout === "board" ? "board" : undefined, peek: undefined })
          }
        />
      }
      instead={
        board
          ? (query) => (
              <OpportunityBoard definition={definition} pipelines={pipelines} query={query} />
            )
          : undefined
      }
    />
  );
}
