import { createRoute, lazyRouteComponent, type AnyRoute } from "@tanstack/react-router";
import { listSearch, recordSearch, texts } from "@/lib/search";

/** The pages of the workspace "Administration", each fetched when somebody goes there. */
export function adminRoutes(frame: AnyRoute): AnyRoute[] {
  const getParentRoute = () => frame;
  return [
    createRoute({
      getParentRoute,
      path: "/roles",
      validateSearch: listSearch,
      component: lazyRouteComponent(() => import("@/features/identity/admin/RoleList"), "RoleList"),
    }),
    createRoute({
      getParentRoute,
      path: "/roles/import",
      component: lazyRouteComponent(
        () => import("@/features/identity/admin/RoleImport"),
        "RoleImport",
      ),
    }),
    createRoute({
      getParentRoute,
      path: "/roles/$id",
      validateSearch: recordSearch,
      component: lazyRouteComponent(
        () => import("@/features/identity/admin/RoleRecord"),
        "RoleRecord",
      ),
    }),
    createRoute({
      getParentRoute,
      path: "/api-keys",
      validateSearch: listSearch,
      component: lazyRouteComponent(
        () => import("@/features/identity/admin/ApiKeyList"),
        "ApiKeyList",
      ),
    }),
    createRoute({
      getParentRoute,
      path: "/api-keys/$id",
      validateSearch: recordSearch,
      component: lazyRouteComponent(
        () => import("@/features/identity/admin/ApiKeyRecord"),
        "ApiKeyRecord",
      ),
    }),
    createRoute({
      getParentRoute,
      path: "/sign-in-providers",
      validateSearch: listSearch,
      component: lazyRouteComponent(
        () => import("@/features/identity/admin/ProviderList"),
        "ProviderList",
      ),
    }),
    createRoute({
      getParentRoute,
      path: "/sign-in-providers/$id",
      validateSearch: recordSearch,
      component: lazyRouteComponent(
        () => import("@/features/identity/admin/ProviderRecord"),
        "ProviderRecord",
      ),
    }),
    createRoute({
      getParentRoute,
      path: "/access",
      validateSearch: texts("user", "permission", "record"),
      component: lazyRouteComponent(
        () => import("@/features/identity/admin/ExplainAccess"),
        "ExplainAccess",
      ),
    }),
    createRoute({
      getParentRoute,
      path: "/custom-fields",
      validateSearch: texts("of", "field"),
      component: lazyRouteComponent(
        () => import("@/features/identity/admin/CustomFields"),
        "CustomFields",
      ),
    }),
    createRoute({
      getParentRoute,
      path: "/audit",
      validateSearch: texts("user", "from", "to", "resource", "record", "outcome", "entry"),
      component: lazyRouteComponent(() => import("@/features/identity/admin/AuditLog"), "AuditLog"),
    }),
  ];
}
