import { useQuery, useQueryClient } from '@tanstack/react-query';
import React, { useState } from 'react';
import { ApiError } from '../api/problem';
import type { Selection } from '../api/generated';
import { usePanel } from './context';
import { bytesText } from './format';

const DAY = 86_400;

/** What a replication would do, and the button that does it. */
export function ReplicateForm(props: {
  selection: Selection;
  onClose: () => void;
}): React.ReactElement {
  const { selection, onClose } = props;
  const { client, trans, instance } = usePanel();
  const queries = useQueryClient();
  const [lifetime, setLifetime] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const preview = useQuery({
    queryKey: ['preview', instance?.id, JSON.stringify(selection)],
    queryFn: ({ signal }) => client.previewReplication({ selection }, signal),
    retry: false
  });
  const start = (): void => {
    setBusy(true);
    client
      .startReplication({ selection, lifetime })
      .then(
        () => {
          void queries.invalidateQueries({ queryKey: ['replications'] });
          onClose();
        },
        (error: unknown) => {
          setProblem(
            error instanceof ApiError
              ? `${error.problem.message} ${error.problem.advice}`
              : String(error)
          );
        }
      )
      .finally(() => {
        setBusy(false);
      });
  };
  const data = preview.data;
  const isBlocked = data?.problems.some(one => one.blocking) ?? true;
  return (
    <div className="jp-magicRucio-replicate" role="group" aria-label={trans.__('Replicate')}>
      <h3>{trans.__('Replicate to %1', instance?.destination_rse ?? '')}</h3>
      {preview.isPending && <p className="jp-magicRucio-quiet">{trans.__('Asking Rucio…')}</p>}
      {preview.error && (
        <p className="jp-magicRucio-error" role="alert">
          {preview.error.message}
        </p>
      )}
      {data && (
        <>
          <dl>
            <dt>{trans.__('To move')}</dt>
            <dd>
              {trans.__('%1 runs, %2', String(data.to_move.files), bytesText(data.to_move.bytes))}
            </dd>
            <dt>{trans.__('There already')}</dt>
            <dd>
              {trans.__(
                '%1 runs, %2',
                String(data.at_destination.files),
                bytesText(data.at_destination.bytes)
              )}
            </dd>
            <dt>{trans.__('On the way')}</dt>
            <dd>{trans.__('%1 runs', String(data.on_the_way.files))}</dd>
            <dt>{trans.__('Quota left')}</dt>
            <dd>
              {data.quota === null
                ? '–'
                : data.quota.unlimited
                  ? trans.__('unlimited')
                  : bytesText(data.quota.left ?? 0)}
            </dd>
          </dl>
          {data.problems.map(one => (
            <p
              key={one.code}
              className={one.blocking ? 'jp-magicRucio-error' : 'jp-magicRucio-quiet'}
            >
              {one.message} {one.advice}
            </p>
          ))}
        </>
      )}
      <label>
        {trans.__('Keep there')}
        <select
          value={lifetime ?? ''}
          onChange={event => {
            setLifetime(event.target.value ? Number(event.target.value) : null);
          }}
        >
          <option value="">{trans.__('until I end it')}</option>
          <option value={7 * DAY}>{trans.__('a week')}</option>
          <option value={30 * DAY}>{trans.__('30 days')}</option>
          <option value={180 * DAY}>{trans.__('half a year')}</option>
        </select>
      </label>
      {problem && (
        <p className="jp-magicRucio-error" role="alert">
          {problem}
        </p>
      )}
      <div className="jp-magicRucio-buttons">
        <button type="button" onClick={onClose}>
          {trans.__('Cancel')}
        </button>
        <button
          type="button"
          className="jp-magicRucio-main"
          disabled={isBlocked || isBusy}
          onClick={start}
        >
          {trans.__('Replicate')}
        </button>
      </div>
    </div>
  );
}
