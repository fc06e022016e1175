import { ListPage } from "@/components/list/ListPage";
import { API_KEYS } from "./screens";

export function ApiKeyList() {
  return <ListPage definition={API_KEYS} />;
}
