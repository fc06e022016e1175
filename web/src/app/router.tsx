import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { whenSignedOut } from "@/api/client";
import { meQuery } from "@/api/me";
import { Problem } from "@/api/problem";
import { ProblemState } from "@/components/problem";
import { listSearch, recordSearch, reportSearch } from "@/lib/search";
import { adminRoutes } from "./adminRoutes";
import { NotFound } from "./NotFound";

interface Context {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search) => ({ to: text(search.to) }),
  component: lazyRouteComponent(() => import("@/features/identity/SignIn"), "SignIn"),
});
const signInCallback = createRoute({
  getParentRoute: () => root,
  path: "/sign-in/callback",
  validateSearch: (search) => ({
    code: text(search.code),
    state: text(search.state),
    iss: text(search.iss),
    error: text(search.error),
  }),
  component: lazyRouteComponent(
    () => import("@/features/identity/SignInCallback"),
    "SignInCallback",
  ),
});
const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: "/forgot-password",
  component: lazyRouteComponent(
    () => import("@/features/identity/ForgotPassword"),
    "ForgotPassword",
  ),
});
const resetPassword = createRoute({
  getParentRoute: () => root,
  path: "/reset-password",
  component: lazyRouteComponent(() => import("@/features/identity/ResetPassword"), "ResetPassword"),
});

// Everything else is for those who are signed in; others come back here afterwards.
const frame = createRoute({
  getParentRoute: () => root,
  id: "frame",
  component: lazyRouteComponent(() => import("./Frame"), "Frame"),
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        throw redirect({ to: "/sign-in", search: { to: location.href } });
      }
      throw error;
    }
  },
  errorComponent: ({ error, reset }) => <ProblemState error={error} retry={reset} />,
});
const home = createRoute({
  getParentRoute: () => frame,
  path: "/",
  component: lazyRouteComponent(() => import("./Home"), "Home"),
});
const me = createRoute({
  getParentRoute: () => frame,
  path: "/me",
  component: lazyRouteComponent(() => import("@/features/identity/Me"), "Me"),
});
const contacts = createRoute({
  getParentRoute: () => frame,
  path: "/contacts",
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import("@/features/contacts/ContactList"), "ContactList"),
});
const contact = createRoute({
  getParentRoute: () => frame,
  path: "/contacts/$id",
  validateSearch: recordSearch,
  component: lazyRouteComponent(() => import("@/features/contacts/ContactRecord"), "ContactRecord"),
});
const companies = createRoute({
  getParentRoute: () => frame,
  path: "/companies",
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import("@/features/contacts/CompanyList"), "CompanyList"),
});
const company = createRoute({
  getParentRoute: () => frame,
  path: "/companies/$id",
  validateSearch: recordSearch,
  component: lazyRouteComponent(() => import("@/features/contacts/CompanyRecord"), "CompanyRecord"),
});
const opportunities = createRoute({
  getParentRoute: () => frame,
  path: "/opportunities",
  validateSearch: listSearch,
  component: lazyRouteComponent(
    () => import("@/features/sales/OpportunityList"),
    "OpportunityList",
  ),
});
const opportunity = createRoute({
  getParentRoute: () => frame,
  path: "/opportunities/$id",
  validateSearch: recordSearch,
  component: lazyRouteComponent(
    () => import("@/features/sales/OpportunityRecord"),
    "OpportunityRecord",
  ),
});
const contactImport = createRoute({
  getParentRoute: () => frame,
  path: "/contacts/import",
  component: lazyRouteComponent(() => import("@/features/contacts/ContactImport"), "ContactImport"),
});
const companyImport = createRoute({
  getParentRoute: () => frame,
  path: "/companies/import",
  component: lazyRouteComponent(() => import("@/features/contacts/CompanyImport"), "CompanyImport"),
});
const opportunityImport = createRoute({
  getParentRoute: () => frame,
  path: "/opportunities/import",
  component: lazyRouteComponent(
    () => import("@/features/sales/OpportunityImport"),
    "OpportunityImport",
  ),
});
const job = createRoute({
  getParentRoute: () => frame,
  path: "/imports/$service/$id",
  component: lazyRouteComponent(() => import("@/components/import/JobPage"), "JobPage"),
});
const pipelineReport = createRoute({
  getParentRoute: () => frame,
  path: "/reports/pipeline",
  validateSearch: reportSearch,
  component: lazyRouteComponent(
    () => import("@/features/reporting/PipelineReport"),
    "PipelineReport",
  ),
});
const users = createRoute({
  getParentRoute: () => frame,
  path: "/users",
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import("@/features/identity/UserList"), "UserList"),
});
const userImport = createRoute({
  getParentRoute: () => frame,
  path: "/users/import",
  component: lazyRouteComponent(() => import("@/features/identity/UserImport"), "UserImport"),
});
const user = createRoute({
  getParentRoute: () => frame,
  path: "/users/$id",
  validateSearch: recordSearch,
  component: lazyRouteComponent(() => import("@/features/identity/UserRecord"), "UserRecord"),
});
const teams = createRoute({
  getParentRoute: () => frame,
  path: "/teams",
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import("@/features/identity/TeamList"), "TeamList"),
});
const teamImport = createRoute({
  getParentRoute: () => frame,
  path: "/teams/import",
  component: lazyRouteComponent(() => import("@/features/identity/TeamImport"), "TeamImport"),
});
const team = createRoute({
  getParentRoute: () => frame,
  path: "/teams/$id",
  validateSearch: recordSearch,
  component: lazyRouteComponent(() => import("@/features/identity/TeamRecord"), "TeamRecord"),
});

/** Returns the router; pages are loaded when somebody goes or points there. */
export function createAppRouter(queryClient: QueryClient) {
  const router = createRouter({
    routeTree: root.addChildren([
      signIn,
      signInCallback,
      forgotPassword,
      resetPassword,
      frame.addChildren([
        home,
        me,
        contacts,
        contactImport,
        contact,
        companies,
        companyImport,
        company,
        opportunities,
        opportunityImport,
        opportunity,
        job,
        pipelineReport,
        users,
        userImport,
        user,
        teams,
        teamImport,
        team,
        ...adminRoutes(frame),
      ]),
    ]),
    context: { queryClient },
    defaultPreload: "intent",
    scrollRestoration: true,
  });
  whenSignedOut(() => {
    if (router.state.location.pathname.startsWith("/sign-in")) return;
    const to = router.state.location.href;
    queryClient.removeQueries({ queryKey: meQuery.queryKey });
    void router.navigate({ to: "/sign-in", search: { to } });
  });
  return router;
}
