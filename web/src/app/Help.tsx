import { Kbd, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { allPlaces } from "@/lib/places";
import classes from "./Help.module.css";

/** The keyboard, explained. */
export function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const groups: [string, [string[], string][]][] = [
    [
      t("keys.anywhere"),
      [
        [["Ctrl", "K"], t("keys.palette")],
        [["/"], t("keys.search")],
        [["c"], t("keys.create")],
        [["?"], t("keys.help")],
        ...allPlaces()
          .filter((place) => place.key)
          .map((place): [string[], string] => [
            ["g", (place.key ?? "").slice(3).toLowerCase()],
            t("keys.goTo", { place: t(place.label) }),
          ]),
        [["Esc"], t("keys.back")],
        [["Ctrl", "Enter"], t("keys.save")],
      ],
    ],
    [
      t("keys.inLists"),
      [
        [["j", "k"], t("keys.move")],
        [["Enter"], t("keys.open")],
        [["Space"], t("keys.peek")],
        [["e"], t("keys.edit")],
        [["x"], t("keys.select")],
        [["Shift", "x"], t("keys.selectRange")],
        [["a"], t("keys.assign")],
      ],
    ],
  ];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("frame.help")}
      size="lg"
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <div className={classes.groups}>
        {groups.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl className={classes.keys}>
              {keys.map(([names, told]) => (
                <div key={told + names.join()} className={classes.line}>
                  <dt className="ltr">
                    {names.map((name) => (
                      <Kbd key={name}>{name}</Kbd>
                    ))}
                  </dt>
                  <dd>{told}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
