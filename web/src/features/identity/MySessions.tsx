import { Button, Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get, post } from "@/api/client";
import type { components } from "@/api/schema.gen";
import { useFormat } from "@/components/preferences";
import { ProblemState } from "@/components/problem";
import { toast, toastProblem } from "@/components/toast";
import classes from "./Me.module.css";

type Session = components["schemas"]["Session"];

/** The browsers in which the person is signed in. */
export function MySessions() {
  const { t } = useTranslation("identity");
  const format = useFormat();
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["sessions"],
    queryFn: () => get<{ sessions: Session[] }>("/v1/sessions"),
  });

  async function end(session: Session) {
    try {
      await post(`/v1/sessions/${session.id}:revoke`);
      await queryClient.invalidateQueries({ queryKey: ["sessions"] });
      toast(t("sessions.ended"));
    } catch (refused) {
      toastProblem(refused);
    }
  }

  return (
    <section className={classes.card} aria-label={t("sessions.title")}>
      <h2>{t("sessions.title")}</h2>
      {error && <ProblemState error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton height={40} />}
      {data?.sessions.map((session) => (
        <div key={session.id} className={classes.session}>
          <div>
            <div className={classes.agent}>
              <bdi title={session.userAgent}>{browserOf(session.userAgent)}</bdi>
              {session.current && ` (${t("sessions.this")})`}
            </div>
            <div className={classes.told}>
              <bdi className="ltr">{session.address}</bdi>
              {" · "}
              {t(`method.${session.method}`)}
              {" · "}
              {session.lastUseTime && t("sessions.used", { when: format.ago(session.lastUseTime) })}
            </div>
          </div>
          {!session.current && (
            <Button variant="default" size="xs" onClick={() => void end(session)}>
              {t("sessions.end")}
            </Button>
          )}
        </div>
      ))}
    </section>
  );
}

function browserOf(agent: string | undefined): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\/[\d.]+/.exec(agent ?? "")?.[1];
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent ?? "")?.[1];
  const name = { Edg: "Edge", OPR: "Opera" }[browser ?? ""] ?? browser;
  return [name, system].filter(Boolean).join(", ") || (agent ?? "");
}
