import { Input } from "@mantine/core";
import { createCalendar, type CalendarDate, type DateValue } from "@internationalized/date";
import { CalendarDays, ChevronLeft, ChevronRight, X } from "lucide-react";
import {
  Button,
  Calendar,
  CalendarCell,
  CalendarGrid,
  CalendarGridBody,
  CalendarGridHeader,
  CalendarHeaderCell,
  CalendarStateContext,
  DateInput as Segments,
  DatePicker,
  DateSegment,
  Dialog,
  Group,
  I18nProvider,
  Label,
  Popover,
} from "react-aria-components";
import { useContext } from "react";
import { useTranslation } from "react-i18next";
import { dayIn, wireDay } from "@/lib/calendar";
import { useFormat } from "../preferences";
import type { InputProps } from "./FieldInput";
import classes from "./DateInput.module.css";

type Props = Omit<InputProps, "resource" | "field"> & { label: string };

const WEEK = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** A day in the person's calendar, typed or picked; the others are told on hover. */
export default function DateInput({ value, onChange, error, bare, autoFocus, label }: Props) {
  const { t } = useTranslation();
  const { preferences } = useFormat();
  const { language, calendar, digits } = preferences;
  const day = value ? dayIn(preferences, value as string) : null;
  return (
    <I18nProvider locale={`${language}-u-ca-${calendar}-nu-${digits}`}>
      <DatePicker<DateValue>
        value={day}
        onChange={(chosen) => onChange(chosen ? wireDay(chosen as CalendarDate) : "")}
        firstDayOfWeek={WEEK[preferences.firstDay]}
        isInvalid={Boolean(error)}
        autoFocus={autoFocus}
        aria-label={bare ? label : undefined}
        className={classes.picker}
      >
        {!bare && <Label className={classes.label}>{label}</Label>}
        <Group className={classes.box}>
          <Segments className={classes.segments}>
            {(segment) => <DateSegment segment={segment} className={classes.segment} />}
          </Segments>
          {day && (
            <button
              type="button"
              className={classes.button}
              aria-label={`${t("action.clear")}: ${label}`}
              onClick={() => onChange("")}
            >
              <X size={14} aria-hidden />
            </button>
          )}
          <Button className={classes.button} aria-label={t("date.open", { label })}>
            <CalendarDays size={16} aria-hidden />
          </Button>
        </Group>
        {error && <Input.Error>{error}</Input.Error>}
        <Popover className={classes.popover}>
          <Dialog className={classes.dialog} aria-label={label}>
            <Calendar
              aria-label={label}
              firstDayOfWeek={WEEK[preferences.firstDay]}
              createCalendar={(name) => createCalendar(name)}
            >
              <header className={classes.head}>
                <Button slot="previous" className={classes.button} aria-label={t("date.previous")}>
                  <ChevronLeft size={16} aria-hidden className="mirrored" />
                </Button>
                <MonthName />
                <Button slot="next" className={classes.button} aria-label={t("date.next")}>
                  <ChevronRight size={16} aria-hidden className="mirrored" />
                </Button>
              </header>
              <CalendarGrid
                weekdayStyle={language === "en" ? "short" : "narrow"}
                className={classes.grid}
              >
                <CalendarGridHeader>
                  {(name) => (
                    <CalendarHeaderCell className={classes.weekday}>{name}</CalendarHeaderCell>
                  )}
                </CalendarGridHeader>
                <CalendarGridBody>
                  {(date) => (
                    <CalendarCell
                      date={date}
                      className={classes.day}
                      data-weekend={preferences.weekend.includes(weekday(date)) || undefined}
                    >
                      {({ formattedDate }) => (
                        <span title={elsewhere(date, language, calendar)}>{formattedDate}</span>
                      )}
                    </CalendarCell>
                  )}
                </CalendarGridBody>
              </CalendarGrid>
            </Calendar>
          </Dialog>
        </Popover>
      </DatePicker>
    </I18nProvider>
  );
}

/** Month and year, in the order in which people say them. */
function MonthName() {
  const { preferences } = useFormat();
  const { language, calendar, digits } = preferences;
  const state = useContext(CalendarStateContext);
  if (!state) return null;
  const date = moment(state.visibleRange.start);
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(`${language}-u-ca-${calendar}-nu-${digits}`, {
      ...options,
      timeZone: "UTC",
    }).format(date);
  return (
    <h2 className={classes.heading} aria-live="polite">
      {part({ month: "long" })} {part({ year: "numeric" })}
    </h2>
  );
}

function moment(date: CalendarDate): Date {
  return new Date(`${wireDay(date)}T00:00:00Z`);
}

function weekday(date: CalendarDate): number {
  return moment(date).getUTCDay();
}

/** The same day in the two calendars that the person does not use. */
function elsewhere(date: CalendarDate, language: string, shown: string): string {
  return ["gregory", "persian", "islamic-umalqura"]
    .filter((calendar) => calendar !== shown)
    .map((calendar) =>
      new Intl.DateTimeFormat(`${language}-u-ca-${calendar}`, {
        dateStyle: "medium",
        timeZone: "UTC",
      }).format(moment(date)),
    )
    .join("\n");
}
