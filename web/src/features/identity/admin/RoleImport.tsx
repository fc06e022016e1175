import { ImportWizard } from "@/components/import/ImportWizard";
import { ROLES } from "./screens";

export function RoleImport() {
  return <ImportWizard definition={ROLES} />;
}
