import type { RecordJson } from "@/api/resource";
import { Reference } from "@/components/fields/FieldValue";
import { RecordPage } from "@/components/record/RecordPage";
import { RelatedList } from "@/components/record/RelatedList";
import { Timeline } from "@/components/record/Timeline";
import { TEAMS } from "./screens";

interface Team extends RecordJson {
  managerId?: string;
}

export function TeamRecord() {
  return (
    <RecordPage
      definition={TEAMS}
      matter={(record) =>
        (record as Team).managerId ? (
          <Reference to="identity.users" id={(record as Team).managerId ?? ""} />
        ) : null
      }
      middle={(record) => <Timeline record={record} />}
      related={(record) => (
        <>
          <RelatedList resource="identity.users" filter={`teamId = "${record.id}"`} />
          <RelatedList resource="identity.teams" filter={`parentId = "${record.id}"`} />
        </>
      )}
    />
  );
}
