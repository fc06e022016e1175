import { ListPage } from "@/components/list/ListPage";
import { PROVIDERS } from "./screens";

export function ProviderList() {
  return <ListPage definition={PROVIDERS} />;
}
