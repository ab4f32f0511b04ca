import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import React, { useState } from 'react';
import type { Quota, Selection, SelectionSummary } from '../api/generated';
import type { IAttachTarget } from '../tokens';
import { usePanel } from './context';
import { FlowLine } from './FlowLine';
import { didsOf, pathsOf } from './copies';
import { bytesText, livetimeText } from './format';
import { ReplicateForm } from './ReplicateForm';
import { useAttachFlow } from './use-attach-flow';
import { useTarget } from './use-attachments';

export interface ISelectionBar {
  selection: Selection;
  quota: Quota | null;
  onClear: () => void;
}

/** Sums of what is picked, and the one main action. */
export function SelectionBar(props: ISelectionBar): React.ReactElement {
  const { selection, quota, onClear } = props;
  const { client, trans, instance, attachments } = usePanel();
  const target = useTarget();
  const { flow, run, stop } = useAttachFlow();
  const key = JSON.stringify(selection);
  // Kept with the selection they are for: another selection has a name and forms of its own.
  const [named, setNamed] = useState({ key: '', name: '' });
  const [opened, setOpened] = useState<{ key: string; form: 'name' | 'replicate' } | null>(null);
  const name = named.key === key ? named.name : '';
  const form = opened?.key === key ? opened.form : null;
  const summary = useQuery({
    queryKey: ['summary', instance?.id, key],
    queryFn: ({ signal }) => client.summary(selection, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000
  }).data;
  const variable = name || (summary?.proposed_variable ?? '');
  const missing = summary ? summary.totals.runs - summary.totals.at_destination : 0;
  const mode = instance?.mode ?? 'replica';
  const obstacle = obstacleText(target, trans.__.bind(trans));
  const isBusy = !['idle', 'done', 'failed'].includes(flow.step);
  const attach = (partial: boolean): void => {
    void run(selection, { variable, partial }, missing, mode);
  };
  return (
    <section className="jp-magicRucio-selection" aria-label={trans.__('Selection')}>
      <div className="jp-magicRucio-sums">
        <span>
          <strong>{summary ? trans._n('%1 run', '%1 runs', summary.totals.runs) : '…'}</strong>{' '}
          {summary && <Sums summary={summary} />}
        </span>
        <button type="button" className="jp-magicRucio-link" onClick={onClear}>
          {trans.__('Clear')}
        </button>
      </div>
      <FlowLine
        flow={flow}
        onStop={stop}
        onPartial={
          (summary?.totals.at_destination ?? 0) > 0
            ? () => {
                attach(true);
              }
            : null
        }
        there={summary?.totals.at_destination ?? 0}
      />
      <div className="jp-magicRucio-doRow">
        <button
          type="button"
          className="jp-magicRucio-main"
          disabled={obstacle !== null || isBusy || !summary || summary.totals.runs === 0}
          title={obstacle ?? undefined}
          onClick={() => {
            attach(false);
          }}
        >
          {target && !obstacle
            ? trans.__('Attach to %1 as %2', target.label, variable)
            : trans.__('Attach to a notebook')}
        </button>
        <button
          type="button"
          className="jp-magicRucio-more"
          aria-label={trans.__('More actions for the selection')}
          aria-haspopup="menu"
          onClick={event => {
            openMenu(event.currentTarget);
          }}
        >
          <span aria-hidden="true">▾</span>
        </button>
      </div>
      {form === 'name' && (
        <label className="jp-magicRucio-name">
          {trans.__('Variable')}
          <input
            autoFocus
            value={name}
            placeholder={summary?.proposed_variable}
            maxLength={100}
            onChange={event => {
              setNamed({ key, name: event.target.value.trim() });
            }}
          />
        </label>
      )}
      <p className="jp-magicRucio-quiet">{hint()}</p>
      {form === 'replicate' && (
        <ReplicateForm
          selection={selection}
          onClose={() => {
            setOpened(null);
          }}
        />
      )}
    </section>
  );

  function hint(): string {
    const parts: string[] = [];
    if (obstacle) {
      parts.push(obstacle);
    }
    if (missing > 0 && mode === 'replica') {
      parts.push(
        trans._n(
          'Replicates %1 run to %2 first.',
          'Replicates %1 runs to %2 first.',
          missing,
          instance?.destination_rse ?? ''
        )
      );
      if (quota && !quota.unlimited) {
        parts.push(trans.__('Quota left: %1.', bytesText(quota.left ?? 0)));
      }
    }
    return parts.join(' ');
  }

  function openMenu(button: HTMLElement): void {
    void import('./selection-menu').then(({ selectionMenu }) => {
      const menu = selectionMenu(trans, {
        rename: () => {
          setOpened({ key, form: 'name' });
        },
        replicate: () => {
          setOpened({ key, form: 'replicate' });
        },
        attachPresent: () => {
          attach(true);
        },
        download: () => {
          void run(selection, { variable }, missing, 'download');
        },
        insertCode:
          attachments && (() => void attachments.insertCode(selection, variable).catch(tell)),
        newNotebook:
          attachments && (() => void attachments.newAnalysisNotebook(selection).catch(tell)),
        copyDids: () => void didsOf(client, selection).then(copy).catch(tell),
        copyPaths: () => void pathsOf(client, selection).then(copy).catch(tell)
      });
      const box = button.getBoundingClientRect();
      menu.open(box.left, box.top);
    });
  }
}

function copy(lines: string[]): void {
  Clipboard.copyToSystem(lines.join('\n'));
}

function tell(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  Notification.error(message.slice(0, 140), { autoClose: 8000 });
}

function Sums(props: { summary: SelectionSummary }): React.ReactElement {
  const { trans, instance } = usePanel();
  const { totals } = props.summary;
  const place = instance?.destination_rse.split('-')[0] ?? '';
  const parts = [
    livetimeText(totals.livetime),
    bytesText(totals.bytes),
    trans.__('%1 at %2', totals.at_destination.toLocaleString(), place)
  ];
  return <span className="jp-magicRucio-quiet">{parts.join(' · ')}</span>;
}

function obstacleText(
  target: IAttachTarget | null,
  __: (text: string, ...values: string[]) => string
): string | null {
  if (!target) {
    return __('Open a notebook or console to attach to.');
  }
  switch (target.state) {
    case 'no-kernel':
      return __('%1 has no kernel: start one.', target.label);
    case 'starting':
      return __('The kernel of %1 is starting.', target.label);
    case 'not-python':
      return __('%1 does not run Python: copy the paths instead.', target.label);
    default:
      return null;
  }
}
