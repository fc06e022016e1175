import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Suspense } from "react";
import { Problem } from "@/api/problem";
import { PreferencesProvider } from "@/components/preferences";
import { Toasts } from "@/components/toast";
import { setPlaces } from "@/lib/places";
import { createAppRouter } from "./router";
import { WORKSPACES } from "./workspaces";

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the API refuses stays refused; what it could not answer is asked again.
      retry: (count, error) =>
        count < 2 && error instanceof Problem && (error.status === 0 || error.status >= 502),
    },
  },
});
setPlaces(WORKSPACES);
const router = createAppRouter(queryClient);

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Suspense>
        <PreferencesProvider>
          <RouterProvider router={router} />
          <Toasts />
        </PreferencesProvider>
      </Suspense>
    </QueryClientProvider>
  );
}
