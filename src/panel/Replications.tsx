import { Notification } from '@jupyterlab/apputils';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import React, { useState } from 'react';
import { ApiError } from '../api/problem';
import type { Replication } from '../api/generated';
import { usePanel } from './context';
import { Progress } from './FlowLine';
import { Fold } from './Fold';
import { bytesText, timeLeftText } from './format';

const DAY = 86_400;

/** The account's replications: they come from Rucio, so a reload or a second tab shows the same. */
export function Replications(): React.ReactElement | null {
  const { client, trans, isVisible, instance } = usePanel();
  const { data } = useQuery({
    queryKey: ['replications', instance?.id],
    queryFn: ({ signal }) => client.replications(signal),
    enabled: isVisible,
    refetchInterval: query => {
      const moving = query.state.data?.replications.some(one => one.state !== 'done') ?? false;
      return moving ? 2_000 : 20_000;
    }
  });
  const all = data?.replications ?? [];
  if (all.length === 0) {
    return null;
  }
  const moving = all.filter(one => one.state !== 'done').length;
  return (
    <Fold
      title={trans.__('Replications')}
      note={moving ? trans.__('%1 under way', String(moving)) : String(all.length)}
      isOpenAtFirst={moving > 0}
    >
      {all.slice(0, 20).map(one => (
        <Item key={one.rule_id} replication={one} />
      ))}
    </Fold>
  );
}

function Item(props: { replication: Replication }): React.ReactElement {
  const { replication } = props;
  const { client, trans } = usePanel();
  const queries = useQueryClient();
  const [isExplained, setExplained] = useState(false);
  const { done, total, rate, time_left, state } = replication;
  const act = (work: Promise<unknown>): void => {
    work
      .then(() => queries.invalidateQueries({ queryKey: ['replications'] }))
      .catch((error: unknown) => {
        const text =
          error instanceof ApiError
            ? `${error.problem.message} ${error.problem.advice}`
            : String(error);
        Notification.error(text.slice(0, 140), { autoClose: 8000 });
      });
  };
  const words: Record<Replication['state'], string> = {
    done: trans.__('there'),
    replicating: trans.__('on its way'),
    stuck: trans.__('stuck'),
    'waiting-approval': trans.__('waits for approval'),
    suspended: trans.__('suspended'),
    injecting: trans.__('being set up'),
    cancelled: trans.__('cancelled')
  };
  return (
    <div className="jp-magicRucio-item" data-state={state}>
      <div className="jp-magicRucio-itemHead">
        <span title={replication.did}>{replication.title}</span>
        <span data-state={state}>{words[state]}</span>
      </div>
      {state !== 'done' && (
        <Progress
          value={total.files ? done.files / total.files : 0}
          label={trans.__('Replication of %1', replication.title)}
        />
      )}
      <div className="jp-magicRucio-quiet">
        {[
          trans.__('%1 of %2 runs', String(done.files), String(total.files)),
          bytesText(total.bytes),
          rate ? trans.__('%1/s', bytesText(rate)) : '',
          time_left ? timeLeftText(time_left) : '',
          replication.stuck_files ? trans.__('%1 stuck', String(replication.stuck_files)) : '',
          replication.expires_at ? trans.__('ends %1', replication.expires_at.slice(0, 10)) : ''
        ]
          .filter(Boolean)
          .join(' · ')}
      </div>
      <div className="jp-magicRucio-itemActions">
        {state !== 'done' && (
          <button
            type="button"
            className="jp-magicRucio-link"
            aria-expanded={isExplained}
            onClick={() => {
              setExplained(!isExplained);
            }}
          >
            {trans.__('Why is it not there?')}
          </button>
        )}
        {replication.mine && (
          <>
            <button
              type="button"
              className="jp-magicRucio-link"
              onClick={() => {
                act(client.changeReplication(replication.rule_id, { lifetime: 30 * DAY }));
              }}
            >
              {trans.__('Keep 30 days')}
            </button>
            <button
              type="button"
              className="jp-magicRucio-link"
              onClick={() => {
                act(client.cancelReplication(replication.rule_id));
              }}
            >
              {state === 'done' ? trans.__('End') : trans.__('Cancel')}
            </button>
          </>
        )}
      </div>
      {isExplained && <Reasons ruleId={replication.rule_id} />}
    </div>
  );
}

function Reasons(props: { ruleId: string }): React.ReactElement {
  const { client, trans } = usePanel();
  const { data, error } = useQuery({
    queryKey: ['reasons', props.ruleId],
    queryFn: ({ signal }) => client.replicationFiles(props.ruleId, signal),
    refetchInterval: 10_000
  });
  if (error) {
    return <p className="jp-magicRucio-error">{error.message}</p>;
  }
  if (!data) {
    return <p className="jp-magicRucio-quiet">{trans.__('Asking Rucio…')}</p>;
  }
  return (
    <ul className="jp-magicRucio-reasons">
      {data.files.slice(0, 20).map(file => (
        <li key={file.did}>
          <strong>{file.did.split('/').at(-1)}</strong>
          {file.transfer_words && <q>{file.transfer_words}</q>}
          {!file.transfer_words && file.rucio_words && <q>{file.rucio_words}</q>}
          <span>{file.advice}</span>
        </li>
      ))}
      {data.total > 20 && <li>{trans.__('and %1 more', String(data.total - 20))}</li>}
    </ul>
  );
}
