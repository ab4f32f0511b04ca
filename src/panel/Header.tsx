import { refreshIcon, settingsIcon, launchIcon, type LabIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useState } from 'react';
import type { Freshness, Status } from '../api/generated';
import { usePanel } from './context';
import { agoText } from './format';

export interface IHeader {
  status: Status | null;
  freshness: Freshness | null;
  onRefresh: () => void;
  onSettings: () => void;
  onOpenMain: (() => void) | null;
  onInstance: (id: string) => void;
  onSignOut: () => void;
}

/** Title, how many runs, how fresh, and what can be done to the panel as a whole. */
export function Header(props: IHeader): React.ReactElement {
  const { trans, instance } = usePanel();
  const { status, freshness } = props;
  const session = status?.session;
  return (
    <div className="jp-magicRucio-header">
      <div className="jp-magicRucio-titleRow">
        <h2>{trans.__('MAGIC DL3')}</h2>
        <span className="jp-magicRucio-actions">
          <IconButton
            icon={refreshIcon}
            label={trans.__('Sync with Rucio now')}
            onClick={props.onRefresh}
          />
          <IconButton icon={settingsIcon} label={trans.__('Settings')} onClick={props.onSettings} />
          {props.onOpenMain && (
            <IconButton
              icon={launchIcon}
              label={trans.__('Open in the main area')}
              onClick={props.onOpenMain}
            />
          )}
        </span>
      </div>
      <FreshnessLine status={status} freshness={freshness} />
      <div className="jp-magicRucio-who">
        {status && status.instances.length > 1 && (
          <select
            aria-label={trans.__('Rucio instance')}
            value={instance?.id ?? ''}
            onChange={event => {
              props.onInstance(event.target.value);
            }}
          >
            {status.instances.map(one => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        )}
        {session?.state === 'signed-in' && (
          <span className="jp-magicRucio-quiet">
            {session.account ?? ''}
            {session.source === 'password' && (
              <button type="button" className="jp-magicRucio-link" onClick={props.onSignOut}>
                {trans.__('Sign out')}
              </button>
            )}
          </span>
        )}
      </div>
    </div>
  );
}

function FreshnessLine(props: {
  status: Status | null;
  freshness: Freshness | null;
}): React.ReactElement {
  const { trans } = usePanel();
  const now = useNow();
  const { status, freshness } = props;
  const runs = freshness ? trans._n('%1 run', '%1 runs', freshness.runs) : '';
  const seen = freshness?.synced_at ? agoText(freshness.synced_at, now) : null;
  let words = '';
  let isWarning = false;
  if (status?.rucio.state === 'down') {
    isWarning = true;
    words = seen
      ? trans.__('Rucio does not answer; as seen %1', seen)
      : trans.__('Rucio does not answer');
  } else if (freshness?.state === 'first-sync' || freshness?.state === 'never') {
    const part = freshness.progress === null ? '' : ` ${Math.round(freshness.progress * 100)} %`;
    words = trans.__('first look at Rucio…%1', part);
  } else if (freshness?.state === 'stale') {
    isWarning = true;
    words = seen
      ? trans.__('not in step with Rucio since %1', seen)
      : trans.__('not in step with Rucio');
  } else if (freshness && seen) {
    words = trans.__('in step with Rucio, %1', seen);
  }
  return (
    <p
      className="jp-magicRucio-freshness"
      role="status"
      data-warning={isWarning}
      title={status?.rucio.message ?? freshness?.error ?? undefined}
    >
      {[runs, words].filter(Boolean).join(' · ')}
    </p>
  );
}

/** The time, for texts that age; every five seconds is often enough to read. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 5000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}

/** A button that is an icon, with a name for everybody. */
export function IconButton(props: {
  icon: LabIcon;
  label: string;
  onClick: () => void;
}): React.ReactElement {
  const { icon, label, onClick } = props;
  return (
    <button
      type="button"
      className="jp-magicRucio-icon"
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <icon.react tag="span" elementSize="normal" />
    </button>
  );
}
