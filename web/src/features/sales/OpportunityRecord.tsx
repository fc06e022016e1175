import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { Reference } from "@/components/fields/FieldValue";
import { useFormat } from "@/components/preferences";
import { RecordPage } from "@/components/record/RecordPage";
import { Timeline } from "@/components/record/Timeline";
import classes from "@/components/record/record.module.css";
import { todayIn, wireDay } from "@/lib/calendar";
import { isOverdue, type Opportunity } from "./opportunity";
import { useOpportunities } from "./screens";
import { useMoves } from "./useMoves";

export function OpportunityRecord() {
  const { definition } = useOpportunities();
  return (
    <RecordPage
      definition={definition}
      matter={(record) => <Matter deal={record as Opportunity} />}
      action={(record) => <Moves deal={record as Opportunity} />}
      middle={(record) => <Timeline record={record} />}
      related={(record) => <Lines deal={record as Opportunity} />}
    />
  );
}

function Matter({ deal }: { deal: Opportunity }) {
  const { t } = useTranslation("sales");
  const format = useFormat();
  const overdue = isOverdue(deal, wireDay(todayIn(format.preferences)));
  const { definition } = useOpportunities();
  const stage = definition.overrides?.stageId?.valueLabels?.[deal.stageId];
  return (
    <>
      {deal.amount?.amount && <strong className="ltr">{format.money(deal.amount)}</strong>}
      {stage && (
        <>
          {" · "}
          <bdi>{stage}</bdi>
        </>
      )}
      {deal.closeDate && (
        <>
          {" · "}
          {overdue && `${t("opportunities.overdue")} `}
          {format.day(deal.closeDate)}
        </>
      )}
    </>
  );
}

function Moves({ deal }: { deal: Opportunity }) {
  const { t } = useTranslation("sales");
  const { may } = useMe();
  const moves = useMoves();
  if (deal.state !== "OPEN") {
    return may("sales.opportunities.reopen") ? (
      <Button variant="default" onClick={() => void moves.reopen(deal)}>
        {t("opportunities.reopen")}
      </Button>
    ) : null;
  }
  return (
    <Group gap="xs">
      {may("sales.opportunities.win") && (
        <Button onClick={() => moves.win(deal)}>{t("opportunities.win")}</Button>
      )}
      {may("sales.opportunities.lose") && (
        <Button variant="default" onClick={() => moves.lose(deal)}>
          {t("opportunities.lose")}
        </Button>
      )}
      {moves.dialog}
    </Group>
  );
}

function Lines({ deal }: { deal: Opportunity }) {
  const { t } = useTranslation("sales");
  const format = useFormat();
  const lines = deal.productLines ?? [];
  return (
    <section className={classes.card}>
      <div className={classes.cardHead}>
        <h2>{t("fields.productLines")}</h2>
      </div>
      {lines.length === 0 && <p className={classes.none}>{t("common:record.noneRelated")}</p>}
      <ul className={classes.items}>
        {lines.map((line, index) => (
          <li key={index} className={classes.item}>
            <span className={classes.itemName}>
              <Reference to="sales.products" id={line.productId} />
            </span>
            <span className={`${classes.itemHint} numbers`}>
              {format.number(line.quantity || "1")}
              {line.total?.amount && (
                <>
                  {" · "}
                  <span className="ltr">{format.money(line.total)}</span>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
