import { ImportWizard } from "@/components/import/ImportWizard";
import { useOpportunities } from "./screens";

export function OpportunityImport() {
  const { definition } = useOpportunities();
  return <ImportWizard definition={definition} />;
}
