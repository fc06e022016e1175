import {
  ActionIcon,
  Badge,
  Button,
  Modal,
  SegmentedControl,
  Select,
  Skeleton,
} from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Users, UserRound, X } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { call, get, post } from "@/api/client";
import { useMe } from "@/api/me";
import { nameOfRecord } from "@/api/names";
import type { Field, RecordJson, Resource } from "@/api/resource";
import type { components } from "@/api/schema.gen";
import { FieldInput } from "../fields/FieldInput";
import { Reference } from "../fields/FieldValue";
import { useFormat } from "../preferences";
import { ProblemState, useProblemText } from "../problem";
import { toast, toastProblem } from "../toast";
import classes from "./ShareDialog.module.css";

type Share = components["schemas"]["Share"] & { id: string };

interface Props {
  resource: Resource;
  record: RecordJson;
  onClose: () => void;
}

const WITH = {
  userId: { name: "userId", kind: "reference", reference: "identity.users" },
  teamId: { name: "teamId", kind: "reference", reference: "identity.teams" },
} satisfies Record<string, Field>;

/** Who else sees a record, and until when; more people and teams can be let in, or out again. */
export default function ShareDialog({ resource, record, onClose }: Props) {
  const { t } = useTranslation();
  const { may } = useMe();
  const queryClient = useQueryClient();
  const path = `/v1/${resource.service}/shares`;
  const key = ["shares", resource.key, record.id];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () =>
      get<{ shares: Share[] }>(path, { query: { resource: resource.key, recordId: record.id } }),
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: key });
  const about = { resource: resource.key, recordId: record.id };

  async function end(share: Share) {
    try {
      await call("DELETE", `${path}/${share.id}`);
      await refresh();
      const { userId, teamId, level, expireTime } = share;
      toast(t("share.ended"), () => {
        const again = { ...about, ...(userId ? { userId } : { teamId }), level, expireTime };
        post(path, again).then(refresh).catch(toastProblem);
      });
    } catch (refused) {
      toastProblem(refused);
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size={540}
      title={
        <>
          {t("share.title")} <bdi>{nameOfRecord(record)}</bdi>
        </>
      }
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <div className={classes.dialog}>
        {may(`${resource.service}.shares.create`) && (
          <ShareForm
            onShare={async (given) => {
              await post(path, { ...about, ...given });
              await refresh();
              toast(t("share.shared"));
            }}
          />
        )}
        <section aria-label={t("share.with")}>
          <h3>{t("share.with")}</h3>
          {error && <ProblemState error={error} retry={() => void refetch()} />}
          {!data && !error && <Skeleton height={32} mt={8} />}
          {data?.shares.length === 0 && <p className={classes.none}>{t("share.none")}</p>}
          <ul className={classes.shares}>
            {data?.shares.map((share) => (
              <ShareLine
                key={share.id}
                share={share}
                onEnd={may(`${resource.service}.shares.delete`) ? () => void end(share) : undefined}
              />
            ))}
          </ul>
        </section>
      </div>
    </Modal>
  );
}

function ShareLine({ share, onEnd }: { share: Share; onEnd?: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const Sign = share.userId ? UserRound : Users;
  return (
    <li>
      <Sign size={16} aria-hidden />
      <span className={classes.who}>
        <Reference
          to={share.userId ? "identity.users" : "identity.teams"}
          id={(share.userId || share.teamId) ?? ""}
        />
      </span>
      {share.expireTime && (
        <span className={classes.until}>
          {t("share.until", { day: format.time(share.expireTime) })}
        </span>
      )}
      <Badge variant="light" color="gray" className={classes.level}>
        {t(`share.level.${share.level === "WRITE" ? "WRITE" : "READ"}`)}
      </Badge>
      {onEnd && (
        <ActionIcon variant="subtle" color="gray" aria-label={t("share.end")} onClick={onEnd}>
          <X size={15} aria-hidden />
        </ActionIcon>
      )}
    </li>
  );
}

interface Given {
  userId?: string;
  teamId?: string;
  level: string;
  expireTime?: string;
}

/** With whom, how far and until when. */
function ShareForm({ onShare }: { onShare: (given: Given) => Promise<void> }) {
  const { t } = useTranslation();
  const { problemText, violationText } = useProblemText();
  const [kind, setKind] = useState<keyof typeof WITH>("userId");
  const [id, setId] = useState("");
  const [level, setLevel] = useState("READ");
  const [until, setUntil] = useState<string>();
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!id) return setRefusal(t("form.required"));
    setBusy(true);
    setRefusal("");
    try {
      await onShare({ [kind]: id, level, ...(until ? { expireTime: until } : {}) });
      setId("");
    } catch (error) {
      const violation = (error as { violations?: Parameters<typeof violationText>[0][] })
        .violations?.[0];
      setRefusal(violation ? violationText(violation) : problemText(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      className={classes.form}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
      }}
    >
      <SegmentedControl
        aria-label={t("share.kind")}
        value={kind}
        data={[
          { value: "userId", label: t("share.person") },
          { value: "teamId", label: t("share.team") },
        ]}
        onChange={(chosen) => {
          setKind(chosen as keyof typeof WITH);
          setId("");
        }}
      />
      <FieldInput
        key={kind}
        resource={SHARES}
        field={{ ...WITH[kind], label: t(kind === "userId" ? "share.person" : "share.team") }}
        value={id}
        error={refusal}
        autoFocus
        onChange={(chosen) => setId(chosen as string)}
      />
      <div className={classes.two}>
        <Select
          label={t("share.may")}
          allowDeselect={false}
          data={["READ", "WRITE"].map((one) => ({ value: one, label: t(`share.level.${one}`) }))}
          value={level}
          onChange={(chosen) => chosen && setLevel(chosen)}
        />
        <FieldInput
          resource={SHARES}
          field={{ name: "expireTime", kind: "time", label: t("share.lastDay") }}
          value={until}
          onChange={(chosen) => setUntil((chosen as string | null) ?? undefined)}
        />
      </div>
      <Button type="submit" loading={busy} className={classes.submit}>
        {t("share.do")}
      </Button>
    </form>
  );
}

/** Shares have no list of their own; this names the place of their inputs. */
const SHARES: Resource = {
  key: "shares",
  service: "common",
  collection: "shares",
  singular: "share",
  message: "Share",
  verbs: [],
  fields: [],
};
