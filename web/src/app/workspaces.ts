import type { Workspace } from "@/lib/places";
import { workspace as contacts } from "@/features/contacts";
import { workspace as identity } from "@/features/identity";
import { workspace as reporting } from "@/features/reporting";
import { workspace as sales } from "@/features/sales";

/** The departments, in the order of the side bar. */
export const WORKSPACES: Workspace[] = [contacts, sales, reporting, identity];
