import { ImportWizard } from "@/components/import/ImportWizard";
import { USERS } from "./screens";

export function UserImport() {
  return <ImportWizard definition={USERS} />;
}
