/** Names under which columns of a file are known, in the three languages, by the field they fill. */
const KNOWN: Record<string, string[]> = {
  displayName: [
    "name",
    "full name",
    "contact",
    "contact name",
    "person",
    "الاسم",
    "الاسم الكامل",
    "نام و نام خانوادگی",
    "نام کامل",
    "مخاطب",
  ],
  givenName: ["first name", "given name", "forename", "الاسم الأول", "نام", "نام کوچک"],
  familyName: [
    "last name",
    "family name",
    "surname",
    "اسم العائلة",
    "اللقب العائلي",
    "نام خانوادگی",
    "فامیل",
  ],
  honorific: ["title", "salutation", "اللقب", "عنوان"],
  jobTitle: [
    "job",
    "job title",
    "position",
    "role",
    "المسمى الوظيفي",
    "الوظيفة",
    "المنصب",
    "سمت",
    "شغل",
  ],
  companyId: [
    "company",
    "account",
    "organisation",
    "organization",
    "employer",
    "firma",
    "customer",
    "الشركة",
    "المؤسسة",
    "شرکت",
    "سازمان",
    "محل کار",
  ],
  contactId: ["contact", "person", "الشخص", "جهة الاتصال", "مخاطب", "فرد"],
  "emails.address": [
    "email",
    "e-mail",
    "mail",
    "email address",
    "e-mail address",
    "البريد",
    "البريد الإلكتروني",
    "الإيميل",
    "ایمیل",
    "رایانامه",
    "پست الکترونیک",
  ],
  "phones.number": [
    "phone",
    "mobile",
    "telephone",
    "tel",
    "cell",
    "phone number",
    "الهاتف",
    "الجوال",
    "رقم الهاتف",
    "الموبايل",
    "تلفن",
    "موبایل",
    "همراه",
    "شماره تماس",
  ],
  "addresses.city": ["city", "town", "المدينة", "شهر"],
  "addresses.street": ["street", "address", "العنوان", "الشارع", "نشانی", "آدرس", "خیابان"],
  "addresses.countryCode": ["country", "country code", "البلد", "الدولة", "کشور"],
  "addresses.postalCode": ["zip", "postcode", "postal code", "الرمز البريدي", "کد پستی"],
  lifecycleStage: ["stage", "lifecycle", "lifecycle stage", "المرحلة", "مرحله"],
  name: [
    "name",
    "company",
    "company name",
    "account",
    "deal",
    "opportunity",
    "opportunity name",
    "title",
    "الاسم",
    "اسم الشركة",
    "الصفقة",
    "نام",
    "نام شرکت",
    "معامله",
    "عنوان",
  ],
  legalName: ["legal name", "registered name", "الاسم القانوني", "نام ثبتی"],
  industry: ["industry", "sector", "branch", "القطاع", "الصناعة", "صنعت", "حوزه"],
  website: ["website", "web", "url", "site", "homepage", "الموقع", "وب‌سایت", "وب سایت", "سایت"],
  employees: ["employees", "headcount", "size", "عدد الموظفين", "تعداد کارکنان", "کارکنان"],
  "revenue.amount": ["revenue", "turnover", "sales", "الإيرادات", "الإيراد", "درآمد", "فروش"],
  "revenue.currency": ["revenue currency"],
  foundedYear: ["founded", "year founded", "year established", "سنة التأسيس", "سال تأسیس"],
  officeLocation: ["location", "office location", "headquarters", "المقر", "دفتر مرکزی", "محل"],
  ownerId: [
    "owner",
    "sales agent",
    "sales rep",
    "assigned to",
    "responsible",
    "المسؤول",
    "المندوب",
    "مسئول",
    "کارشناس",
  ],
  teamId: ["team", "الفريق", "گروه", "تیم"],
  tags: ["tags", "labels", "الوسوم", "برچسب", "برچسب‌ها"],
  notes: ["notes", "comment", "comments", "remarks", "ملاحظات", "یادداشت", "توضیحات"],
  externalId: [
    "id",
    "number",
    "opportunity id",
    "external id",
    "reference",
    "الرقم",
    "شماره",
    "شناسه",
  ],
  stageId: ["stage", "deal stage", "المرحلة", "مرحله"],
  pipelineId: ["pipeline", "مسار البيع", "قیف فروش"],
  "amount.amount": [
    "amount",
    "value",
    "close value",
    "deal value",
    "المبلغ",
    "القيمة",
    "مبلغ",
    "ارزش",
  ],
  "amount.currency": ["currency", "العملة", "ارز"],
  closeDate: ["close date", "closed", "expected close", "تاريخ الإغلاق", "تاریخ بستن"],
  engageDate: ["engage date", "start date", "begun", "تاريخ البدء", "تاریخ شروع"],
  source: ["source", "lead source", "المصدر", "منبع"],
  "productLines.productId": ["product", "item", "المنتج", "کالا", "محصول"],
  parentId: ["parent", "parent company", "subsidiary of", "الشركة الأم", "شرکت مادر"],
  preferredLanguage: ["language", "اللغة", "زبان"],
};

/** Returns a name without what different people write differently: case, marks, letter variants. */
export function plainName(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u064b-\u0652\u0640\u200c]/g, "")
    .replace(/[أإآ]/g, "ا")
    .replace(/ي|ى/g, "ی")
    .replace(/ك/g, "ک")
    .replace(/ة/g, "ه")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** Returns the field that a column of a file most likely fills, of those there are. */
export function suggestField(
  column: string,
  fields: { path: string; label: string }[],
): string | undefined {
  const wanted = plainName(column);
  if (!wanted) return undefined;
  const names = fields.map(({ path, label }) => ({
    path,
    names: [path, label, path.replace(/([A-Z])/g, " $1"), ...(KNOWN[path] ?? [])].map(plainName),
  }));
  const exact = names.find((one) => one.names.includes(wanted));
  if (exact) return exact.path;
  // A longer name that holds a known one, such as "Work e-mail"; short ones would fit by chance.
  return names.find((one) =>
    one.names.some((name) => name.length > 3 && ` ${wanted} `.includes(` ${name} `)),
  )?.path;
}
