import { ListPage } from "@/components/list/ListPage";
import { TEAMS } from "./screens";

export function TeamList() {
  return <ListPage definition={TEAMS} />;
}
