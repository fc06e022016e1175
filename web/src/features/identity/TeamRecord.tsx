import { RecordPage } from "@/components/record/RecordPage";
import { RelatedList } from "@/components/record/RelatedList";
import { Timeline } from "@/components/record/Timeline";
import { TEAMS } from "./screens";

export function TeamRecord() {
  return (
    <RecordPage
      definition={TEAMS}
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
