/** A field that the API refuses, by its path in the JSON body. */
export interface Violation {
  field: string;
  message: string;
  code: string;
}

/** An answer of the API that says no: RFC 9457 with a stable code. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly violations: Violation[];
  readonly requestId: string;
  /** Seconds to wait before the next try; 0 when the API does not say. */
  readonly retryAfter: number;

  constructor(
    status: number,
    body: {
      code?: string;
      detail?: string;
      title?: string;
      violations?: Violation[];
      requestId?: string;
    },
    retryAfter = 0,
  ) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? "UNKNOWN";
    this.violations = body.violations ?? [];
    this.requestId = body.requestId ?? "";
    this.retryAfter = retryAfter;
  }
}

/** The API could not be reached at all. */
export const OFFLINE = "OFFLINE";
