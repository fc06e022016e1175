import { ListPage } from "@/components/list/ListPage";
import { USERS } from "./screens";

export function UserList() {
  return <ListPage definition={USERS} />;
}
