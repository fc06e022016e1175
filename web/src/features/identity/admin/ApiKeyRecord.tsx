import type { RecordJson } from "@/api/resource";
import { Reference } from "@/components/fields/FieldValue";
import { RecordPage } from "@/components/record/RecordPage";
import { Timeline } from "@/components/record/Timeline";
import { API_KEYS } from "./screens";

export function ApiKeyRecord() {
  return (
    <RecordPage
      definition={API_KEYS}
      matter={(record: RecordJson) => <Reference to="identity.users" id={String(record.userId)} />}
      middle={(record) => <Timeline record={record} />}
    />
  );
}
