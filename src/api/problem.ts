import type { Problem } from './generated';

/** An error of the API or of the way to it, with what to do next. */
export class ApiError extends Error {
  constructor(
    readonly problem: Problem,
    /** HTTP status; 0 where no answer came. */
    readonly status: number
  ) {
    super(problem.message);
    this.name = 'ApiError';
  }

  /** For "copy details": everything a helper would ask for, nothing secret. */
  get detailsText(): string {
    return JSON.stringify({ status: this.status, ...this.problem }, null, 2);
  }
}

/** Make a problem of our own, for failures that the server did not describe. */
export function localProblem(code: string, message: string, advice: string): Problem {
  return { code, message, advice, details: {}, request_id: '' };
}
