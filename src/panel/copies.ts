import type { ApiClient } from '../api/client';
import type { Selection } from '../api/generated';

/** The DIDs of a selection; of a filter, what a page-wise walk finds. */
export async function didsOf(client: ApiClient, selection: Selection): Promise<string[]> {
  if (selection.kind === 'dids') {
    return selection.dids;
  }
  if (selection.kind === 'dataset') {
    return [selection.did];
  }
  const dids: string[] = [];
  const except = new Set(selection.except_dids ?? []);
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<ApiClient['runs']>> = await client.runs({
      ...selection.filter,
      cursor,
      limit: 1000
    });
    dids.push(...page.runs.map(run => run.did).filter(did => !except.has(did)));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return dids;
}

/** Where the files of a selection are on this machine's mount, for kernels that are not Python. */
export async function pathsOf(client: ApiClient, selection: Selection): Promise<string[]> {
  return (await client.attachmentPaths({ selection })).paths;
}
