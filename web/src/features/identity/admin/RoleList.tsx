import { ListPage } from "@/components/list/ListPage";
import { ROLES } from "./screens";

export function RoleList() {
  return <ListPage definition={ROLES} />;
}
