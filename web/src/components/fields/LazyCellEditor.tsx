import { lazy, Suspense, type ComponentProps } from "react";

// Inputs for every kind of field are fetched when somebody first edits.
const Editor = lazy(() => import("./CellEditor").then((found) => ({ default: found.CellEditor })));

/** As `CellEditor`, a moment later. */
export function CellEditor(props: ComponentProps<typeof Editor>) {
  return (
    <Suspense>
      <Editor {...props} />
    </Suspense>
  );
}
