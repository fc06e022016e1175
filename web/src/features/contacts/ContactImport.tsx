import { ImportWizard } from "@/components/import/ImportWizard";
import { CONTACTS } from "./screens";

export function ContactImport() {
  return <ImportWizard definition={CONTACTS} />;
}
