import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { ZodMiniType } from 'zod/mini';
import { ApiError, localProblem } from './problem';
import { zProblem } from './generated/zod.gen';

/** Where the server extension listens, below the Jupyter base URL. */
const ROOT = 'magic-rucio/api';

/** Longer than the server's own limit towards Rucio, so that its explanation arrives first. */
const TIMEOUT_MS = 90_000;

export interface IRequest<T> {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: object;
  body?: unknown;
  /** Schema the answer has to satisfy. */
  answer: ZodMiniType<T>;
  signal?: AbortSignal;
}

/** The one function that talks to the server: validates, times out, explains. */
export type RequestFunction = <T>(request: IRequest<T>) => Promise<T>;

/**
 * Bind a request function to a Jupyter server and an instance of Rucio.
 *
 * @param instance - Returns the id of the chosen instance, null for the first.
 * @throws ApiError always, never anything else, but for an abort by the caller.
 */
export function makeRequest(
  settings: ServerConnection.ISettings,
  instance: () => string | null
): RequestFunction {
  return async <T>(request: IRequest<T>): Promise<T> => {
    const response = await send(settings, request, instance());
    const body = await readJson(response);
    if (!response.ok) {
      throw failure(response, body);
    }
    const parsed = request.answer.safeParse(body);
    if (!parsed.success) {
      const place = parsed.error.issues[0]?.path.join('.') ?? '';
      throw new ApiError(
        localProblem(
          'version-mismatch',
          `The server's answer to ${request.path} has an unexpected form at "${place}".`,
          'The panel and the server extension may differ in version: reload the page, or restart the Jupyter server.'
        ),
        response.status
      );
    }
    return parsed.data;
  };
}

async function send(
  settings: ServerConnection.ISettings,
  request: IRequest<unknown>,
  instance: string | null
): Promise<Response> {
  const url = URLExt.join(settings.baseUrl, ROOT, request.path) + queryText(request.query);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = {
    method: request.method ?? 'GET',
    signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
    headers: {
      'Content-Type': 'application/json',
      ...(instance ? { 'Magic-Rucio-Instance': instance } : {})
    }
  };
  if (request.body !== undefined) {
    init.body = JSON.stringify(request.body);
  }
  try {
    return await ServerConnection.makeRequest(url, init, settings);
  } catch (error) {
    if (request.signal?.aborted) {
      throw error;
    }
    throw new ApiError(
      timeout.aborted
        ? localProblem('timeout', 'The Jupyter server gave no answer in time.', 'Try again.')
        : localProblem('no-server', 'The Jupyter server cannot be reached.', 'Check that it runs.'),
      0
    );
  }
}

/** Encode a query; lists become repeated keys, null and undefined are left out. */
export function queryText(query: object | undefined): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== null && item !== undefined) {
        parameters.append(key, String(item));
      }
    }
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function failure(response: Response, body: unknown): ApiError {
  const problem = zProblem.safeParse(body);
  if (problem.success) {
    return new ApiError(problem.data, response.status);
  }
  if (response.status === 404) {
    return new ApiError(
      localProblem(
        'no-extension',
        'The server extension magic_rucio does not answer.',
        'Install jupyterlab-magic-rucio in the environment of the Jupyter server and restart it.'
      ),
      404
    );
  }
  return new ApiError(
    localProblem(
      'http',
      `The server answered ${response.status} ${response.statusText}.`,
      'Try again.'
    ),
    response.status
  );
}
