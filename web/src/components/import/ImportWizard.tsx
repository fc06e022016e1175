import { Button, Group, Stepper } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Job } from "@/api/jobs";
import { post } from "@/api/client";
import type { components } from "@/api/schema.gen";
import { useTitle } from "../crumb";
import { useFields, useLabels } from "../fields/useFields";
import type { ScreenDefinition } from "../list/definition";
import { useFormat } from "../preferences";
import { useProblemText } from "../problem";
import { toastProblem } from "../toast";
import { suggestField } from "@/lib/names";
import { ChooseFile } from "./ChooseFile";
import classes from "./import.module.css";
import { JobProgress } from "./JobProgress";
import { MapColumns, type Mapping } from "./MapColumns";
import { targetsOf } from "./targets";

export type Preview = components["schemas"]["PreviewImportResponse"];

interface Props {
  definition: ScreenDefinition;
}

/** Where phones without a country code most likely belong, by the person's time zone. */
const REGIONS: Record<string, string> = {
  "Asia/Tehran": "IR",
  "Asia/Riyadh": "SA",
  "Asia/Dubai": "AE",
  "Africa/Cairo": "EG",
  "Asia/Baghdad": "IQ",
  "Asia/Kuwait": "KW",
  "Asia/Qatar": "QA",
  "Europe/Istanbul": "TR",
  "Europe/Berlin": "DE",
  "Europe/London": "GB",
};
const regionOf = (timeZone: string) => REGIONS[timeZone] ?? "";

/** A file, what its columns mean, a trial run, and the run. */
export function ImportWizard({ definition }: Props) {
  const { t } = useTranslation(["common", definition.resource.service]);
  const { resource } = definition;
  const navigate = useNavigate();
  const { problemText } = useProblemText();
  const fields = useFields(resource, definition.overrides);
  const { label } = useLabels(resource);
  const { timeZone } = useFormat().preferences;
  const targets = targetsOf(fields, { label, part: (name) => t(`part.${name}`) });
  const [file, setFile] = useState<File>();
  const [preview, setPreview] = useState<Preview>();
  const [mapping, setMapping] = useState<Mapping>();
  const [trial, setTrial] = useState<string>();
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);
  const things = t(`${definition.words}.title`);
  useTitle(t("import.title", { things }));

  async function choose(chosen: File) {
    setBusy(true);
    setRefusal("");
    try {
      const form = new FormData();
      form.set("file", chosen);
      const found = await post<Preview>(`/v1/${resource.service}/imports:preview`, form);
      const taken = new Set<string>();
      const columns = Object.fromEntries(
        (found.header ?? []).map((column) => {
          const free = targets.filter((target) => !taken.has(target.path));
          const path = suggestField(column, free) ?? "";
          if (path) taken.add(path);
          return [column, path];
        }),
      );
      setFile(chosen);
      setPreview(found);
      setMapping({ columns, onDuplicate: "SKIP", currency: "USD", region: regionOf(timeZone) });
    } catch (error) {
      setRefusal(problemText(error));
    } finally {
      setBusy(false);
    }
  }

  async function send(validateOnly: boolean): Promise<Job | undefined> {
    if (!file || !mapping) return undefined;
    setBusy(true);
    try {
      const form = new FormData();
      // The options come first: the service reads them before the file.
      const options = new Blob([JSON.stringify({ ...optionsOf(mapping, targets), validateOnly })], {
        type: "application/json",
      });
      form.set("options", options);
      form.set("file", file);
      return await post<Job>(`/v1/${resource.collection}:import`, form);
    } catch (error) {
      toastProblem(error);
      return undefined;
    } finally {
      setBusy(false);
    }
  }

  async function run() {
    const job = await send(false);
    if (job) await navigate({ to: `/imports/${resource.service}/${job.id}` });
  }

  const step = !preview ? 0 : !trial ? 1 : 2;
  return (
    <div className={classes.page}>
      <h1>{t("import.title", { things })}</h1>
      <Stepper active={step} size="xs" className={classes.steps}>
        <Stepper.Step label={t("import.file")} />
        <Stepper.Step label={t("import.columns")} />
        <Stepper.Step label={t("import.check")} />
      </Stepper>
      {step === 0 && (
        <ChooseFile onChoose={(chosen) => void choose(chosen)} busy={busy} refusal={refusal} />
      )}
      {step === 1 && preview && mapping && (
        <>
          <MapColumns
            preview={preview}
            targets={targets}
            mapping={mapping}
            onMapping={setMapping}
          />
          <Group justify="space-between">
            <Button variant="default" onClick={() => setPreview(undefined)}>
              {t("action.back")}
            </Button>
            <Button
              loading={busy}
              disabled={!Object.values(mapping.columns).some(Boolean)}
              onClick={() => void send(true).then((job) => setTrial(job?.id))}
            >
              {t("import.try")}
            </Button>
          </Group>
        </>
      )}
      {step === 2 && trial && (
        <>
          <JobProgress service={resource.service} id={trial} />
          <Group justify="space-between">
            <Button variant="default" onClick={() => setTrial(undefined)}>
              {t("import.backToColumns")}
            </Button>
            <Button loading={busy} onClick={() => void run()}>
              {t("import.run")}
            </Button>
          </Group>
        </>
      )}
    </div>
  );
}

function optionsOf(mapping: Mapping, targets: ReturnType<typeof targetsOf>) {
  const columns = Object.entries(mapping.columns)
    .filter(([, path]) => path)
    .map(([column, field]) => ({
      column,
      field,
      lookup: targets.find((target) => target.path === field)?.lookup ?? "",
    }));
  const mapped = new Set(columns.map(({ field }) => field));
  const constants: Record<string, string> = {};
  for (const path of mapped) {
    const currency = path.replace(/\.amount$/, ".currency");
    // Amounts need a currency, and files seldom have one.
    if (path.endsWith(".amount") && !mapped.has(currency)) constants[currency] = mapping.currency;
  }
  return { columns, constants, onDuplicate: mapping.onDuplicate, region: mapping.region };
}
