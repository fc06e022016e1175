import { Button, Group, Menu } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/me";
import type { RecordJson } from "@/api/resource";
import { Reference } from "@/components/fields/FieldValue";
import { RecordPage } from "@/components/record/RecordPage";
import { RelatedList } from "@/components/record/RelatedList";
import { Timeline } from "@/components/record/Timeline";
import { USERS } from "./screens";
import { useUserMoves, type UserMove } from "./useUserMoves";

interface User extends RecordJson {
  state: string;
  roleIds: string[];
  secondFactor: boolean;
}

export function UserRecord() {
  return (
    <RecordPage
      definition={USERS}
      matter={(record) => <Standing user={record as User} />}
      action={(record) => <Moves user={record as User} />}
      middle={(record) => <Timeline record={record} />}
      related={(record) => (
        <RelatedList resource="identity.apiKeys" filter={`userId = "${record.id}"`} />
      )}
    />
  );
}

function Standing({ user }: { user: User }) {
  const { t } = useTranslation("identity");
  return (
    <>
      {t(`enums.UserState.${user.state}`)}
      {user.roleIds.map((id) => (
        <span key={id}>
          {" · "}
          <Reference to="identity.roles" id={id} />
        </span>
      ))}
    </>
  );
}

/** The one thing that follows, and the rest behind it. */
function Moves({ user }: { user: User }) {
  const { t } = useTranslation("identity");
  const { may } = useMe();
  const { move, dialog } = useUserMoves();
  const first: UserMove = user.state === "DISABLED" ? "enable" : "invite";
  const others: UserMove[] =
    user.state === "DISABLED" ? [] : ["signOut", ...(user.secondFactor ? (["reset"] as const) : []), "disable"];
  const open = (verb: UserMove) => may(`identity.users.${verb}`);
  return (
    <Group gap="xs">
      {open(first) && (user.state !== "ACTIVE" || first === "enable") && (
        <Button onClick={() => void move(user, first)}>{t(`users.do.${first}`)}</Button>
      )}
      {others.some(open) && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" rightSection={<ChevronDown size={14} aria-hidden />}>
              {t("users.do.access")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {others.filter(open).map((verb) => (
              <Menu.Item
                key={verb}
                color={verb === "disable" ? "red" : undefined}
                onClick={() => void move(user, verb)}
              >
                {t(`users.do.${verb}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {dialog}
    </Group>
  );
}
