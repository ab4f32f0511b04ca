import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient
} from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { Run, RunFilter, SortKey } from '../api/generated';
import { tidy } from './filter';
import { usePanel } from './context';

const PAGE = 200;

/** How often the index is looked at while the panel shows; it costs one query on a local file. */
const REFRESH_MS = 5_000;

/** A row in sight is asked of Rucio again after so long. */
const CHECK_AGAIN_MS = 30_000;

export interface ISort {
  key: SortKey;
  descending: boolean;
}

/** Pages of runs, loaded as the table is scrolled. */
export function useRuns(filter: RunFilter, sort: ISort) {
  const { client, isVisible, instance } = usePanel();
  const query = useInfiniteQuery({
    queryKey: ['runs', instance?.id, tidy(filter), sort],
    queryFn: ({ pageParam, signal }) =>
      client.runs(
        { ...filter, sort: sort.key, descending: sort.descending, cursor: pageParam, limit: PAGE },
        signal
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
    placeholderData: keepPreviousData,
    enabled: isVisible,
    // Pages further down are loaded anew when they come into sight again.
    refetchInterval: query => ((query.state.data?.pages.length ?? 0) <= 2 ? REFRESH_MS : false)
  });
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.runs) ?? [], [query.data]);
  return { query, rows, first: query.data?.pages[0] ?? null };
}

/** Counts for filters and quick looks. */
export function useFacets(filter: RunFilter, isWanted: boolean) {
  const { client, isVisible, instance } = usePanel();
  return useQuery({
    queryKey: ['facets', instance?.id, tidy(filter)],
    queryFn: ({ signal }) => client.facets(filter, signal),
    placeholderData: keepPreviousData,
    enabled: isVisible && isWanted,
    refetchInterval: 30_000
  });
}

/**
 * Have the rows in sight read from Rucio again; the server writes what it finds into its index, and the
 * pages are loaded anew where anything differs.
 */
export function useFreshRows(inSight: readonly Run[]): void {
  const { client, isVisible, instance } = usePanel();
  const asked = useRef(new Map<string, number>());
  const queries = useQueryClient();
  const place = instance?.id ?? '';
  const key = inSight.map(run => `${run.did} ${run.availability}`).join('\n');
  useEffect(() => {
    if (!isVisible || key === '') {
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const now = Date.now();
      const shown = new Map(key.split('\n').map(line => line.split(' ') as [string, string]));
      const due = [...shown.keys()].filter(
        did => now - (asked.current.get(`${place} ${did}`) ?? 0) > CHECK_AGAIN_MS
      );
      if (due.length === 0) {
        return;
      }
      due.forEach(did => asked.current.set(`${place} ${did}`, now));
      client.check(due, abort.signal).then(
        reply => {
          const differs = reply.runs.some(run => shown.get(run.did) !== run.availability);
          if (differs || reply.gone.length > 0) {
            void queries.invalidateQueries({ queryKey: ['runs'] });
          }
        },
        () => {
          // The header says that Rucio does not answer; the rows stay as the index has them.
          due.forEach(did => asked.current.delete(`${place} ${did}`));
        }
      );
    }, 400);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [client, isVisible, key, place, queries]);
}
