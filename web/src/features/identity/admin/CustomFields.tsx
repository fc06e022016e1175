import { ActionIcon, Button, Tabs } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { call, get, post } from "@/api/client";
import { useMe } from "@/api/me";
import { useTitle } from "@/components/crumb";
import { localized } from "@/components/fields/useFields";
import { ProblemState } from "@/components/problem";
import { ListSkeleton } from "@/components/skeletons";
import { toast, toastProblem } from "@/components/toast";
import { useKeys } from "@/lib/keys";
import { useAccessNames } from "./access";
import classes from "./admin.module.css";
import { extensible, hasChoices, type Definition } from "./customField";
import { CustomFieldDialog } from "./CustomFieldDialog";

/** The fields that a company adds to its records, resource by resource. */
export function CustomFields() {
  const { t } = useTranslation("identity");
  const { may } = useMe();
  const names = useAccessNames();
  const search = useSearch({ strict: false }) as { of?: string; field?: string };
  const navigate = useNavigate();
  const resources = extensible().filter((one) => may(`${one.service}.customFields.list`));
  const resource = resources.find((one) => one.key === search.of) ?? resources[0];
  useTitle(t("customFields.title"));
  const open = (field: string | undefined) =>
    void navigate({ to: ".", search: { of: resource?.key, field } as never });
  const mayCreate = resource !== undefined && may(`${resource.service}.customFields.create`);
  useKeys({ KeyC: () => mayCreate && open("new") });
  const { data, error, refetch } = useQuery({
    queryKey: ["customFieldDefinitions", resource?.key],
    queryFn: () =>
      get<{ customFields: Definition[] }>(`/v1/${resource?.service}/customFields`, {
        query: { filter: `resource = "${resource?.collection}"`, pageSize: 1000 },
      }),
    enabled: resource !== undefined,
  });
  const fields = data?.customFields;
  const opened = fields?.find((one) => one.id === search.field);
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1>{t("customFields.title")}</h1>
        {mayCreate && (
          <Button
            size="xs"
            h={32}
            leftSection={<Plus size={14} aria-hidden />}
            onClick={() => open("new")}
          >
            {t("customFields.one")}
          </Button>
        )}
      </div>
      <p className={classes.hint}>{t("customFields.hint")}</p>
      <Tabs
        value={resource?.key ?? null}
        onChange={(of) => void navigate({ to: ".", search: { of: of ?? undefined } as never })}
      >
        <Tabs.List>
          {resources.map((one) => (
            <Tabs.Tab key={one.key} value={one.key}>
              {names.collection(one.key)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {resources.map((one) => (
          <Tabs.Panel key={one.key} value={one.key} pt={12}>
            {one === resource && error && (
              <ProblemState error={error} retry={() => void refetch()} />
            )}
            {one === resource && !error && !fields && <ListSkeleton rows={4} />}
            {one === resource && fields && (
              <FieldTable service={one.service} of={one.key} fields={fields} onOpen={open} />
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
      {resource && (opened || search.field === "new") && (
        <CustomFieldDialog
          key={search.field}
          resource={resource}
          field={opened}
          onClose={() => open(undefined)}
        />
      )}
    </div>
  );
}

interface TableProps {
  service: string;
  of: string;
  fields: Definition[];
  onOpen: (id: string) => void;
}

function FieldTable({ service, of, fields, onOpen }: TableProps) {
  const { t, i18n } = useTranslation(["identity", "common"]);
  const { may } = useMe();
  const queryClient = useQueryClient();
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: ["customFieldDefinitions", of] }),
      queryClient.invalidateQueries({ queryKey: ["customFields"] }),
    ]);

  async function remove(field: Definition) {
    const path = `/v1/${service}/customFields/${field.id}`;
    try {
      await call("DELETE", path, { etag: field.etag });
      await refresh();
      toast(t("common:state.deleted", { count: 1 }), () => {
        post(`${path}:undelete`).then(refresh).catch(toastProblem);
      });
    } catch (error) {
      toastProblem(error);
    }
  }

  if (fields.length === 0) return <p className={classes.hint}>{t("customFields.empty")}</p>;
  return (
    <div className={classes.tableBox}>
      <table className={classes.table}>
        <thead>
          <tr>
            {["label", "key", "type", "required"].map((name) => (
              <th scope="col" key={name}>
                {t(`fields.customFields.${name}`)}
              </th>
            ))}
            <th scope="col" aria-label={t("common:action.more")} />
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.id}>
              <td>
                <button type="button" className={classes.name} onClick={() => onOpen(field.id)}>
                  <bdi>{localized(field.label, i18n.language, field.key ?? "")}</bdi>
                </button>
              </td>
              <td>
                <bdi className={`ltr ${classes.code}`}>{field.key}</bdi>
              </td>
              <td>
                {t(`enums.CustomFieldType.${field.type}`)}
                {hasChoices(field.type) && (
                  <span className={classes.dim}>
                    {" · "}
                    {t("customFields.choices", { count: field.choices?.length ?? 0 })}
                  </span>
                )}
              </td>
              <td>{t(field.required ? "common:value.yes" : "common:value.no")}</td>
              <td className={classes.end}>
                {may(`${service}.customFields.delete`) && (
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`${t("common:action.delete")}: ${localized(field.label, i18n.language, field.key ?? "")}`}
                    onClick={() => void remove(field)}
                  >
                    <Trash2 size={15} aria-hidden />
                  </ActionIcon>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
