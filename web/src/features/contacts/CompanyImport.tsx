import { ImportWizard } from "@/components/import/ImportWizard";
import { COMPANIES } from "./screens";

export function CompanyImport() {
  return <ImportWizard definition={COMPANIES} />;
}
