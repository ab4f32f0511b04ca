import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import React from 'react';
import type { DatasetRow, RunFilter, Selection } from '../api/generated';
import { usePanel } from './context';
import { bytesText, livetimeText } from './format';

export interface IDatasets {
  text: string | null;
  chosen: string | null;
  onChoose: (selection: Selection) => void;
  onShowRuns: (filter: RunFilter) => void;
}

/** Datasets and containers: a click picks one as a whole. */
export function Datasets(props: IDatasets): React.ReactElement {
  const { client, trans, isVisible, instance } = usePanel();
  const query = useInfiniteQuery({
    queryKey: ['datasets', instance?.id, props.text],
    queryFn: ({ pageParam, signal }) =>
      client.datasets({ text: props.text, cursor: pageParam, limit: 200 }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
    placeholderData: keepPreviousData,
    enabled: isVisible,
    refetchInterval: 15_000
  });
  const rows = query.data?.pages.flatMap(page => page.datasets) ?? [];
  if (query.data && rows.length === 0) {
    return <p className="jp-magicRucio-empty">{trans.__('No dataset holds runs that match.')}</p>;
  }
  return (
    <div className="jp-magicRucio-datasets" role="list" aria-label={trans.__('Datasets')}>
      {rows.map(row => (
        <Row key={row.did} row={row} {...props} />
      ))}
      {query.hasNextPage && (
        <button type="button" onClick={() => void query.fetchNextPage()}>
          {trans.__('Show more')}
        </button>
      )}
    </div>
  );
}

function Row(props: IDatasets & { row: DatasetRow }): React.ReactElement {
  const { row, chosen } = props;
  const { trans, instance } = usePanel();
  const place = instance?.destination_rse.split('-')[0] ?? '';
  return (
    <div role="listitem" className="jp-magicRucio-dataset" data-chosen={chosen === row.did}>
      <button
        type="button"
        aria-pressed={chosen === row.did}
        onClick={() => {
          props.onChoose({ kind: 'dataset', did: row.did });
        }}
      >
        <span className="jp-magicRucio-target">{row.did}</span>
        <span className="jp-magicRucio-quiet">
          {[
            trans._n('%1 run', '%1 runs', row.runs),
            livetimeText(row.livetime),
            bytesText(row.bytes),
            trans.__('%1 at %2', row.at_destination.toLocaleString(), place)
          ].join(' · ')}
        </span>
      </button>
      <button
        type="button"
        className="jp-magicRucio-link"
        onClick={() => {
          props.onShowRuns({ dataset: row.did });
        }}
      >
        {trans.__('Runs')}
      </button>
    </div>
  );
}
