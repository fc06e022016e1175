import { Input, TextInput } from "@mantine/core";
import { LANGUAGE_NAMES, LANGUAGES, isRtl } from "@/lib/preferences";
import { focused, type InputProps } from "./FieldInput";
import classes from "./fields.module.css";

/** A text in each of the languages; people see theirs, else the English one. */
export function LocalizedInput({
  value,
  onChange,
  error,
  bare,
  autoFocus,
  label,
  field,
}: InputProps & { label: string }) {
  const text = (value as Record<string, string> | undefined) ?? {};
  return (
    <Input.Wrapper
      label={bare ? undefined : label}
      labelElement="div"
      error={error}
      withAsterisk={field.required}
    >
      <div className={classes.rows}>
        {LANGUAGES.map((language, index) => (
          <TextInput
            key={language}
            aria-label={`${label}: ${LANGUAGE_NAMES[language]}`}
            lang={language}
            dir={isRtl(language) ? "rtl" : "ltr"}
            leftSection={<span className={classes.language}>{language}</span>}
            {...focused(autoFocus && index === 0)}
            value={text[language] ?? ""}
            onChange={(event) => onChange({ ...text, [language]: event.currentTarget.value })}
          />
        ))}
      </div>
    </Input.Wrapper>
  );
}
