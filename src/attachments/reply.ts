/** What an execute reply may hold, all of it untrusted. */
interface IExpressionResult {
  status?: unknown;
  data?: Record<string, unknown>;
}

/**
 * Find the JSON answer of a user expression in an execute reply.
 *
 * IPython sends an object with a JSON representation as `application/json`; other kernels send the
 * text of a string only, quoted as Python would.
 *
 * @returns the parsed value, or null where there is none.
 */
export function parseReply(content: object, expression: string): unknown {
  const expressions = (content as { user_expressions?: Record<string, unknown> }).user_expressions;
  const result = expressions?.[expression] as IExpressionResult | undefined;
  const data = result?.data;
  if (!data || typeof data !== 'object') {
    return null;
  }
  const json = data['application/json'];
  if (json !== null && typeof json === 'object') {
    return json;
  }
  const text = typeof json === 'string' ? json : unquote(data['text/plain']);
  if (text === null) {
    return null;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Undo Python's quoting of an ASCII string without a backslash or quote inside but those JSON needs. */
function unquote(text: unknown): string | null {
  if (typeof text !== 'string' || text.length < 2) {
    return null;
  }
  const quote = text[0];
  if ((quote !== "'" && quote !== '"') || !text.endsWith(quote)) {
    return text.startsWith('{') ? text : null;
  }
  return text
    .slice(1, -1)
    .replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
