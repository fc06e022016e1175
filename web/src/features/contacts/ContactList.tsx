import { ListPage } from "@/components/list/ListPage";
import { CONTACTS } from "./screens";

export function ContactList() {
  return <ListPage definition={CONTACTS} />;
}
