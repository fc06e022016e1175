import { Badge } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Check, Minus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isEmpty, type Field, type Resource } from "@/api/resource";
import { useName } from "@/api/names";
import type { Money } from "@/lib/format";
import { pathOfRecord } from "@/lib/places";
import { useFormat } from "../preferences";
import { localized, useLabels, type Localized } from "./useFields";
import classes from "./fields.module.css";

interface Props {
  resource: Resource;
  field: Field;
  value: unknown;
  /** Whether there is room for one line only, as in a table. */
  oneLine?: boolean;
}

interface Address {
  street?: string;
  city?: string;
  region?: string;
  postalCode?: string;
  countryCode?: string;
}

/** The value of a field, as the person reads it. */
export function FieldValue(props: Props) {
  const { field, value } = props;
  if (isEmpty(value)) return null;
  // Most cells of a table are text; they are drawn without anything else.
  if (field.kind === "text" && field.name !== "preferredLanguage")
    return <bdi>{String(value)}</bdi>;
  return <RichValue {...props} />;
}

function RichValue({ resource, field, value, oneLine }: Props) {
  const format = useFormat();
  const { i18n, t } = useTranslation();
  const { valueLabel } = useLabels(resource);
  switch (field.kind) {
    case "money": {
      const money = value as Money;
      return money.amount ? <span className="ltr numbers">{format.money(money)}</span> : null;
    }
    case "integer":
    case "number":
      return value === 0 && field.kind === "integer" ? null : (
        <span className="numbers">
          {format.number(value as number, { useGrouping: field.name !== "foundedYear" })}
        </span>
      );
    case "date":
      return <span className="numbers">{format.day(value as string)}</span>;
    case "time":
      return (
        <time dateTime={value as string} title={format.time(value as string)}>
          {format.ago(value as string)}
        </time>
      );
    case "boolean":
      return value ? (
        <Check size={16} aria-label={t("value.yes")} />
      ) : (
        <Minus size={16} aria-label={t("value.no")} className={classes.quiet} />
      );
    case "enum":
      return <bdi>{valueLabel(field, value as string)}</bdi>;
    case "enums":
      return <>{format.list((value as string[]).map((one) => valueLabel(field, one)))}</>;
    case "tags":
      return (
        <span className={classes.badges}>
          {(value as string[]).map((tag) => (
            <Badge key={tag} variant="light" color="gray" size="sm" className={classes.badge}>
              <bdi>{tag}</bdi>
            </Badge>
          ))}
        </span>
      );
    case "reference":
      return <Reference to={field.reference ?? ""} id={value as string} />;
    case "references":
      return (
        <span className={classes.badges}>
          {(value as string[]).map((id) => (
            <Reference key={id} to={field.reference ?? ""} id={id} />
          ))}
        </span>
      );
    case "emails":
      return (
        <Lines
          oneLine={oneLine}
          items={(value as { address: string }[]).map(({ address }) => (
            <a key={address} href={`mailto:${address}`} className={`ltr ${classes.link}`}>
              <Breakable address={address} />
            </a>
          ))}
        />
      );
    case "phones":
      return (
        <Lines
          oneLine={oneLine}
          items={(value as { number: string }[]).map(({ number }) => (
            <a key={number} href={`tel:${number}`} className={`ltr numbers ${classes.link}`}>
              {number}
            </a>
          ))}
        />
      );
    case "addresses":
      return (
        <Lines
          oneLine={oneLine}
          items={(value as Address[]).map((address, index) => (
            <bdi key={index}>
              {[
                address.street,
                address.city,
                address.region,
                address.postalCode,
                address.countryCode && format.name("region", address.countryCode),
              ]
                .filter(Boolean)
                .join(i18n.language === "en" ? ", " : "، ")}
            </bdi>
          ))}
        />
      );
    case "localized":
      return <bdi>{localized(value as Localized, i18n.language, "")}</bdi>;
    case "longText":
      return (
        <bdi dir="auto" className={oneLine ? undefined : classes.long}>
          {value as string}
        </bdi>
      );
    case "message":
    case "messages":
    case "custom":
      return null;
    default:
      return (
        <bdi>
          {field.name === "preferredLanguage"
            ? format.name("language", value as string)
            : String(value)}
        </bdi>
      );
  }
}

/** An e-mail address that goes on in the next line at its sign, where it has to. */
function Breakable({ address }: { address: string }) {
  const at = address.lastIndexOf("@");
  return (
    <span>
      {address.slice(0, at)}
      <wbr />
      {address.slice(at)}
    </span>
  );
}

function Lines({ items, oneLine }: { items: React.ReactNode[]; oneLine?: boolean }) {
  const format = useFormat();
  if (!oneLine) return <span className={classes.lines}>{items}</span>;
  return (
    <>
      {items[0]}
      {items.length > 1 && (
        <span className={classes.quiet}> +{format.number(items.length - 1)}</span>
      )}
    </>
  );
}

/** The name of another record, with a link where it has a page. */
export function Reference({ to, id }: { to: string; id: string }) {
  const { t } = useTranslation();
  const name = useName(to, id);
  const path = pathOfRecord(to, id);
  if (name === undefined) return <span className={classes.quiet}>…</span>;
  if (name === null) return <span className={classes.quiet}>{t("value.hidden")}</span>;
  if (!path) return <bdi>{name}</bdi>;
  return (
    <Link to={path} className={classes.link}>
      <bdi>{name}</bdi>
    </Link>
  );
}
