import type { RunFilter, Selection } from '../api/generated';

/** What is picked in the table: single runs, or everything that matches less what was unticked. */
export type Picked =
  { kind: 'some'; dids: ReadonlySet<string> } | { kind: 'all'; except: ReadonlySet<string> };

export const NOTHING: Picked = { kind: 'some', dids: new Set() };
export const EVERYTHING: Picked = { kind: 'all', except: new Set() };

export function isPicked(picked: Picked, did: string): boolean {
  return picked.kind === 'some' ? picked.dids.has(did) : !picked.except.has(did);
}

export function isEmpty(picked: Picked): boolean {
  return picked.kind === 'some' && picked.dids.size === 0;
}

/** Pick or unpick one run. */
export function toggled(picked: Picked, did: string): Picked {
  const set = new Set(picked.kind === 'some' ? picked.dids : picked.except);
  if (!set.delete(did)) {
    set.add(did);
  }
  return picked.kind === 'some' ? { kind: 'some', dids: set } : { kind: 'all', except: set };
}

/** Pick these runs besides what is picked. */
export function withAll(picked: Picked, dids: Iterable<string>): Picked {
  if (picked.kind === 'some') {
    return { kind: 'some', dids: new Set([...picked.dids, ...dids]) };
  }
  const except = new Set(picked.except);
  for (const did of dids) {
    except.delete(did);
  }
  return { kind: 'all', except };
}

/** Only these runs. */
export function only(dids: Iterable<string>): Picked {
  return { kind: 'some', dids: new Set(dids) };
}

/** As the server takes it; null where nothing is picked. */
export function asSelection(picked: Picked, filter: RunFilter): Selection | null {
  if (picked.kind === 'all') {
    return { kind: 'filter', filter, except_dids: [...picked.except] };
  }
  return picked.dids.size ? { kind: 'dids', dids: [...picked.dids] } : null;
}
