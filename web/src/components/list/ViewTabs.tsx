import { ActionIcon, Button, Group, Menu, Modal, Select, TextInput } from "@mantine/core";
import { Check, Ellipsis, Plus, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import { useViewWrites, type View, type ViewState } from "@/api/views";
import { directionOf } from "../fields/direction";
import { toast, toastProblem } from "../toast";
import classes from "./ListPage.module.css";

interface Props {
  resource: string;
  views: View[];
  current: View | undefined;
  /** The list as it is now, to be saved. */
  state: ViewState;
  changed: boolean;
  onOpen: (view: View | undefined) => void;
}

/** Tabs of the saved views, and what saves the list as it is now. */
export function ViewTabs({ resource, views, current, state, changed, onOpen }: Props) {
  const { t } = useTranslation();
  const { may, user } = useMe();
  const writes = useViewWrites(resource);
  const [naming, setNaming] = useState(false);
  const isMine = current?.ownerId === user?.id;
  if (!may("identity.views.list")) return null;

  const tab = (view: View | undefined) => (
    <button
      key={view?.id ?? "all"}
      type="button"
      role="tab"
      aria-selected={current?.id === view?.id}
      className={classes.tab}
      onClick={() => onOpen(view)}
    >
      <bdi>{view?.name ?? t("list.all")}</bdi>
    </button>
  );
  return (
    <div className={classes.views}>
      <div role="tablist" aria-label={t("frame.views")} className={classes.tabs}>
        {tab(undefined)}
        {views.map(tab)}
      </div>
      {changed && may("identity.views.create") && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => setNaming(true)}
        >
          {t("views.save")}
        </Button>
      )}
      {current && isMine && (
        <Menu position="bottom-start">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t("views.more")}>
              <Ellipsis size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<Check size={14} aria-hidden />}
              onClick={() =>
                void writes
                  .update(current, { state })
                  .then(() => toast(t("state.saved")))
                  .catch(toastProblem)
              }
            >
              {t("views.update")}
            </Menu.Item>
            <Menu.Item
              leftSection={<Trash2 size={14} aria-hidden />}
              onClick={() => {
                onOpen(undefined);
                void writes.remove(current).catch(toastProblem);
              }}
            >
              {t("views.delete")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {naming && (
        <NameView
          onClose={() => setNaming(false)}
          onSave={async (name, audience) => {
            onOpen(await writes.create(name, audience, state));
            setNaming(false);
          }}
        />
      )}
    </div>
  );
}

interface NameProps {
  onClose: () => void;
  onSave: (name: string, audience: View["audience"]) => Promise<void>;
}

function NameView({ onClose, onSave }: NameProps) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [audience, setAudience] = useState<string>("MINE");
  function submit(event: FormEvent) {
    event.preventDefault();
    void onSave(name, audience as View["audience"]).catch(toastProblem);
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("views.save")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <form onSubmit={submit} className={classes.viewForm}>
        <TextInput
          label={t("views.name")}
          {...directionOf(name)}
          required
          withAsterisk={false}
          maxLength={100}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("views.audience")}
          allowDeselect={false}
          data={["MINE", "TEAM", "EVERYBODY"].map((value) => ({
            value,
            label: t(`views.${value}`),
          }))}
          value={audience}
          onChange={(value) => setAudience(value ?? "MINE")}
        />
        <Group justify="flex-end">
          <Button type="submit">{t("action.save")}</Button>
        </Group>
      </form>
    </Modal>
  );
}
