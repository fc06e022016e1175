import { ActionIcon, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { nameOfRecord } from "@/api/names";
import { fetchPage } from "@/api/records";
import { resourceOf, type RecordJson } from "@/api/resource";
import { allPlaces } from "@/lib/places";
import classes from "./record.module.css";

interface Props {
  /** The resource of the related records. */
  resource: string;
  /** Which of them, as a filter of the API. */
  filter: string;
  hint?: (record: RecordJson) => ReactNode;
}

const SHOWN = 8;

/** Records of another resource that belong to this one, with what leads to all of them. */
export function RelatedList({ resource: key, filter, hint }: Props) {
  const { t } = useTranslation();
  const { may } = useMe();
  const navigate = useNavigate();
  const place = allPlaces().find((one) => one.resource === key);
  const open = place !== undefined && may(place.permission);
  const { data } = useQuery({
    queryKey: [key, "page", "related", filter],
    queryFn: ({ signal }) =>
      fetchPage(resourceOf(key), { filter, pageSize: SHOWN, countTotal: true }, signal),
    enabled: open,
  });
  if (!open) return null;
  return (
    <section className={classes.card}>
      <div className={classes.cardHead}>
        <h2>
          <Link to={place.to} search={{ filter }}>
            {t(place.label)}
          </Link>
        </h2>
        {may(`${key}.create`) && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("palette.create", { thing: t(place.one ?? "") })}
            onClick={() => void navigate({ to: place.to, search: { new: true, filter } })}
          >
            <Plus size={15} aria-hidden />
          </ActionIcon>
        )}
      </div>
      {!data && <Skeleton height={12} width="60%" />}
      {data?.records.length === 0 && <p className={classes.none}>{t("record.noneRelated")}</p>}
      <ul className={classes.items}>
        {data?.records.map((record) => (
          <li key={record.id}>
            <Link to={`${place.to}/${record.id}`} className={classes.item}>
              <bdi className={classes.itemName}>{nameOfRecord(record)}</bdi>
              {hint && <span className={classes.itemHint}>{hint(record)}</span>}
            </Link>
          </li>
        ))}
      </ul>
      {data && (data.totalSize ?? 0) > SHOWN && (
        <Link to={place.to} search={{ filter }} className={classes.itemHint}>
          {t("record.allRelated", { count: data.totalSize })}
        </Link>
      )}
    </section>
  );
}
