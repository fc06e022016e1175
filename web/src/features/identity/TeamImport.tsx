import { ImportWizard } from "@/components/import/ImportWizard";
import { TEAMS } from "./screens";

export function TeamImport() {
  return <ImportWizard definition={TEAMS} />;
}
