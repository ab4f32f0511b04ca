import React from 'react';
import { ApiError } from '../api/problem';
import type { RunFilter } from '../api/generated';
import { usePanel } from './context';
import { isFiltered } from './filter';
import { CopyDetails } from './FlowLine';

/** Nothing to list: because nothing matches, or because there is nothing yet. */
export function Empty(props: {
  filter: RunFilter;
  isSyncing: boolean;
  onClear: () => void;
}): React.ReactElement {
  const { trans } = usePanel();
  if (isFiltered(props.filter)) {
    return (
      <div className="jp-magicRucio-empty">
        <p>{trans.__('No run matches.')}</p>
        <button type="button" onClick={props.onClear}>
          {trans.__('Clear the filters')}
        </button>
      </div>
    );
  }
  return (
    <p className="jp-magicRucio-empty">
      {props.isSyncing
        ? trans.__('Reading the runs from Rucio for the first time…')
        : trans.__('Rucio knows no DL3 runs yet. `magic-rucio publish` brings them in.')}
    </p>
  );
}

/** An error in words, with what to do. */
export function Failure(props: { error: Error; onRetry: () => void }): React.ReactElement {
  const { trans } = usePanel();
  const { error } = props;
  return (
    <div className="jp-magicRucio-failure" role="alert">
      <p>{error.message}</p>
      {error instanceof ApiError && <p>{error.problem.advice}</p>}
      <button type="button" onClick={props.onRetry}>
        {trans.__('Try again')}
      </button>
      <CopyDetails text={error instanceof ApiError ? error.detailsText : error.message} />
    </div>
  );
}

/** Rows to come. */
export function Skeleton(): React.ReactElement {
  const { trans } = usePanel();
  return (
    <div className="jp-magicRucio-skeleton" role="status" aria-label={trans.__('Loading')}>
      {Array.from({ length: 8 }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
