import { ActionIcon, Button, Input, TextInput } from "@mantine/core";
import { ChevronDown, ChevronUp, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isRtl, LANGUAGE_NAMES, LANGUAGES } from "@/lib/preferences";
import classes from "./admin.module.css";
import type { Definition } from "./customField";

type Choices = NonNullable<Definition["choices"]>;

interface Props {
  choices: Choices;
  error?: string;
  onChange: (choices: Choices) => void;
}

/** What may be chosen, in the order in which it is offered, named in each language. */
export function ChoicesInput({ choices, error, onChange }: Props) {
  const { t } = useTranslation(["identity", "common"]);
  const set = (index: number, changed: Partial<Choices[number]>) =>
    onChange(choices.map((one, at) => (at === index ? { ...one, ...changed } : one)));
  const swap = (index: number, by: number) => {
    const next = [...choices];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index + by, 0, moved);
    onChange(next);
  };
  return (
    <Input.Wrapper label={t("fields.customFields.choices")} labelElement="div" error={error}>
      <ol className={classes.choices}>
        {choices.map((choice, index) => (
          <li key={index}>
            {LANGUAGES.map((language) => (
              <TextInput
                key={language}
                aria-label={`${t("customFields.choice")} ${index + 1}: ${LANGUAGE_NAMES[language]}`}
                placeholder={LANGUAGE_NAMES[language]}
                lang={language}
                dir={isRtl(language) ? "rtl" : "ltr"}
                value={choice.label?.[language] ?? ""}
                onChange={(event) =>
                  set(index, {
                    label: { ...choice.label, [language]: event.currentTarget.value } as never,
                  })
                }
              />
            ))}
            <span className={classes.tools}>
              <ActionIcon
                variant="subtle"
                color="gray"
                disabled={index === 0}
                aria-label={`${t("common:action.moveUp")}: ${index + 1}`}
                onClick={() => swap(index, -1)}
              >
                <ChevronUp size={15} aria-hidden />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                disabled={index === choices.length - 1}
                aria-label={`${t("common:action.moveDown")}: ${index + 1}`}
                onClick={() => swap(index, 1)}
              >
                <ChevronDown size={15} aria-hidden />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`${t("common:action.remove")}: ${index + 1}`}
                onClick={() => onChange(choices.filter((_, at) => at !== index))}
              >
                <X size={15} aria-hidden />
              </ActionIcon>
            </span>
          </li>
        ))}
      </ol>
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<Plus size={14} aria-hidden />}
        onClick={() => onChange([...choices, { value: "", label: undefined } as never])}
      >
        {t("common:action.add")}
      </Button>
    </Input.Wrapper>
  );
}
