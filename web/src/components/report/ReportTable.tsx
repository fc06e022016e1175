import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import classes from "./report.module.css";

interface Line {
  label: string;
  href?: string;
  cells: ReactNode[];
}

interface Props {
  label: string;
  head: string;
  columns: { key: string; label: string }[];
  /** The measure that the chart shows. */
  chosen: string;
  rows: Line[];
  total: Line;
}

/** The numbers behind a chart; a group leads to its records. */
export function ReportTable({ label, head, columns, chosen, rows, total }: Props) {
  const cells = (line: Line) =>
    line.cells.map((cell, index) => (
      <td key={columns[index]?.key} data-chosen={columns[index]?.key === chosen || undefined}>
        {cell}
      </td>
    ));
  return (
    <div className={classes.scroller} tabIndex={0} role="region" aria-label={label}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{head}</th>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                data-chosen={column.key === chosen || undefined}
                className={classes.number}
              >
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              <th scope="row">
                {row.href ? (
                  <Link
                    to={row.href.split("?")[0]}
                    search={searchOf(row.href)}
                    className={classes.link}
                  >
                    <bdi>{row.label}</bdi>
                  </Link>
                ) : (
                  <bdi>{row.label}</bdi>
                )}
              </th>
              {cells(row)}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{total.label}</th>
            {cells(total)}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function searchOf(href: string): never {
  return Object.fromEntries(new URLSearchParams(href.split("?")[1])) as never;
}
