import { ListPage } from "@/components/list/ListPage";
import { COMPANIES } from "./screens";

export function CompanyList() {
  return <ListPage definition={COMPANIES} />;
}
