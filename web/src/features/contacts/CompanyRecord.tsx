import type { RecordJson } from "@/api/resource";
import { RecordPage } from "@/components/record/RecordPage";
import { RelatedList } from "@/components/record/RelatedList";
import { Timeline } from "@/components/record/Timeline";
import { COMPANIES } from "./screens";

export function CompanyRecord() {
  return (
    <RecordPage
      definition={COMPANIES}
      matter={matter}
      middle={(record) => <Timeline record={record} />}
      related={(record) => (
        <>
          <RelatedList
            resource="contacts.contacts"
            filter={`companyId = "${record.id}"`}
            hint={(contact) => <bdi>{contact.jobTitle as string}</bdi>}
          />
          <RelatedList resource="sales.opportunities" filter={`companyId = "${record.id}"`} />
        </>
      )}
    />
  );
}

function matter(record: RecordJson) {
  const words = [record.industry, record.officeLocation].filter(Boolean) as string[];
  return words.map((word, index) => (
    <span key={word}>
      {index > 0 && " · "}
      <bdi>{word}</bdi>
    </span>
  ));
}
