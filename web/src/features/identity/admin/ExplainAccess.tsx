import { Select, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { get } from "@/api/client";
import { useName } from "@/api/names";
import { fetchPage } from "@/api/records";
import { resourceOf, type Field } from "@/api/resource";
import { RESOURCES } from "@/api/resources.gen";
import { useTitle } from "@/components/crumb";
import { FieldInput } from "@/components/fields/FieldInput";
import { ProblemState } from "@/components/problem";
import { pathOfRecord } from "@/lib/places";
import { useAccessNames, usePermissions } from "./access";
import classes from "./admin.module.css";
import type { Permission, Scope } from "./grants";

interface Question {
  user?: string;
  permission?: string;
  record?: string;
}

interface Answer {
  allowed: boolean;
  reason: string;
  message: string;
  grant?: { permission: string; scope: Scope };
  roleKey: string;
  shareId: string;
}

const IDENTITY = resourceOf("identity.users");
const USER: Field = { name: "userId", kind: "reference", reference: "identity.users" };

/** Why may somebody do something, or why not? The question is kept in the address. */
export function ExplainAccess() {
  const { t } = useTranslation("identity");
  const question = useSearch({ strict: false }) as Question;
  const navigate = useNavigate();
  const { permissions, error } = usePermissions();
  useTitle(t("access.title"));
  const set = (changed: Question) =>
    void navigate({ to: ".", search: { ...question, ...changed } as never, replace: true });
  return (
    <div className={classes.page}>
      <h1>{t("access.title")}</h1>
      <p className={classes.hint}>{t("access.hint")}</p>
      {error && <ProblemState error={error} />}
      <div className={classes.question}>
        <FieldInput
          resource={IDENTITY}
          field={{ ...USER, label: t("access.person") }}
          value={question.user}
          onChange={(user) => set({ user: (user as string) || undefined })}
        />
        {permissions ? (
          <PermissionInput permissions={permissions} question={question} onChange={set} />
        ) : (
          !error && <Skeleton height={36} mt={24} />
        )}
      </div>
      {question.user && question.permission && <AnswerCard question={question} />}
    </div>
  );
}

interface PermissionProps {
  permissions: Permission[];
  question: Question;
  onChange: (changed: Question) => void;
}

/** What is to be done, with what, and with which of them. */
function PermissionInput({ permissions, question, onChange }: PermissionProps) {
  const { t } = useTranslation("identity");
  const names = useAccessNames();
  const [service = "", collection = "", verb = ""] = (question.permission ?? "").split(".");
  const key = service && `${service}.${collection}`;
  const ofKey = permissions.filter((one) => `${one.service}.${one.collection}` === key);
  const services = [...new Set(permissions.map((one) => one.service))];
  const collections = services.map((name) => ({
    group: names.service(name),
    items: [
      ...new Set(
        permissions
          .filter((one) => one.service === name)
          .map((one) => `${one.service}.${one.collection}`),
      ),
    ].map((one) => ({ value: one, label: names.collection(one) })),
  }));
  const resource = RESOURCES[key];
  return (
    <>
      <Select
        label={t("access.what")}
        searchable
        data={collections}
        value={key || null}
        onChange={(chosen) => {
          const verbs = permissions.filter((one) => `${one.service}.${one.collection}` === chosen);
          const usual = verbs.find((one) => one.verb === verb || one.verb === "get") ?? verbs[0];
          onChange({ permission: usual?.name, record: undefined });
        }}
      />
      <Select
        label={t("access.does")}
        disabled={!key}
        allowDeselect={false}
        data={ofKey.map((one) => ({ value: one.name, label: names.verbTitle(one.verb) }))}
        value={question.permission ?? null}
        onChange={(permission) => permission && onChange({ permission })}
      />
      {resource && !["create", "import"].includes(verb) && (
        <FieldInput
          key={key}
          resource={IDENTITY}
          field={{ name: "record", kind: "reference", reference: key, label: t("access.record") }}
          value={question.record}
          onChange={(record) => onChange({ record: (record as string) || undefined })}
        />
      )}
    </>
  );
}

function AnswerCard({ question }: { question: Question }) {
  const { t } = useTranslation("identity");
  const collection = question.permission?.split(".").slice(0, 2).join(".") ?? "";
  const { data, error, refetch } = useQuery({
    queryKey: ["access", question],
    queryFn: () =>
      get<Answer>("/v1/access:explain", {
        query: {
          user: question.user,
          permission: question.permission,
          resource: question.record && `${collection}/${question.record}`,
        },
      }),
    retry: false,
  });
  const person = useName("identity.users", question.user) ?? "…";
  if (error) return <ProblemState error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={88} />;
  const Sign = data.allowed ? CircleCheck : CircleX;
  return (
    <section className={classes.answer} aria-live="polite" data-allowed={data.allowed || undefined}>
      <h2>
        <Sign size={20} aria-hidden />
        {t(data.allowed ? "access.allowed" : "access.denied")}
      </h2>
      <Reason answer={data} person={person} />
      {question.record && pathOfRecord(collection, question.record) && (
        <p>
          <Link to={pathOfRecord(collection, question.record) ?? ""} className={classes.link}>
            {t(data.shareId ? "access.openShared" : "access.openRecord")}
          </Link>
        </p>
      )}
    </section>
  );
}

/** The grant, scope or share that decided, in words, with a link to the role. */
function Reason({ answer, person }: { answer: Answer; person: string }) {
  const { t, i18n } = useTranslation("identity");
  const { data: role } = useQuery({
    queryKey: ["roleByKey", answer.roleKey, i18n.language],
    queryFn: async () =>
      (await fetchPage(resourceOf("identity.roles"), { filter: `key = "${answer.roleKey}"` }))
        .records[0],
    enabled: Boolean(answer.roleKey),
  });
  const label = role?.label as Record<string, string> | undefined;
  const name = label?.[i18n.language] || label?.en || answer.roleKey;
  if (!i18n.exists(`identity:access.reason.${answer.reason}`)) return <p>{answer.message}</p>;
  return (
    <>
      <p>
        {t(`access.reason.${answer.reason}`, {
          person,
          role: name,
          scope: answer.grant ? t(`access.scope.${answer.grant.scope}`) : "",
        })}
      </p>
      {role && (
        <p>
          <Link to={`/roles/${role.id}`} className={classes.link}>
            {t("access.openRole", { role: name })}
          </Link>{" "}
          <bdi className={`ltr ${classes.code}`}>
            {answer.grant?.permission}:{answer.grant?.scope}
          </bdi>
        </p>
      )}
    </>
  );
}
