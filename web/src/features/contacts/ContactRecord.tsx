import { Button } from "@mantine/core";
import { Mail, Phone } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RecordJson } from "@/api/resource";
import { Reference } from "@/components/fields/FieldValue";
import { RecordPage } from "@/components/record/RecordPage";
import { RelatedList } from "@/components/record/RelatedList";
import { Timeline } from "@/components/record/Timeline";
import { CONTACTS } from "./screens";

interface Contact extends RecordJson {
  companyId?: string;
  jobTitle?: string;
  emails: { address: string }[];
  phones: { number: string }[];
}

export function ContactRecord() {
  return (
    <RecordPage
      definition={CONTACTS}
      matter={(record) => <Where contact={record as Contact} />}
      action={(record) => <Reach contact={record as Contact} />}
      middle={(record) => <Timeline record={record} />}
      related={(record) => (
        <RelatedList resource="sales.opportunities" filter={`contactId = "${record.id}"`} />
      )}
    />
  );
}

function Where({ contact }: { contact: Contact }) {
  return (
    <>
      {contact.jobTitle && <bdi>{contact.jobTitle}</bdi>}
      {contact.jobTitle && contact.companyId && " · "}
      {contact.companyId && <Reference to="contacts.companies" id={contact.companyId} />}
    </>
  );
}

/** Calling comes before writing. */
function Reach({ contact }: { contact: Contact }) {
  const { t } = useTranslation("contacts");
  const phone = contact.phones[0]?.number;
  const email = contact.emails[0]?.address;
  if (phone) {
    return (
      <Button component="a" href={`tel:${phone}`} leftSection={<Phone size={14} aria-hidden />}>
        {t("contacts.call")}
      </Button>
    );
  }
  if (!email) return null;
  return (
    <Button component="a" href={`mailto:${email}`} leftSection={<Mail size={14} aria-hidden />}>
      {t("contacts.write")}
    </Button>
  );
}
