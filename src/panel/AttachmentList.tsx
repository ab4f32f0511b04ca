import { Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import React from 'react';
import type { IAttachment } from '../tokens';
import { usePanel } from './context';
import { Fold } from './Fold';
import { useAttached, useTarget } from './use-attachments';

/** What is attached to the active notebook, and what can be done with it. */
export function AttachmentList(props: { commands: CommandRegistry }): React.ReactElement | null {
  const { trans, attachments } = usePanel();
  const target = useTarget();
  const attached = useAttached();
  if (!attachments || !target || attached.length === 0) {
    return null;
  }
  return (
    <Fold
      title={trans.__('Attached in %1', target.label)}
      note={String(attached.length)}
      isOpenAtFirst
    >
      {attached.map(one => (
        <Item key={one.variable} attachment={one} commands={props.commands} />
      ))}
    </Fold>
  );
}

function Item(props: { attachment: IAttachment; commands: CommandRegistry }): React.ReactElement {
  const { attachment, commands } = props;
  const { trans } = usePanel();
  const { variable, runs, missing, state, message } = attachment;
  const words: Record<IAttachment['state'], string> = {
    attached: trans.__('attached'),
    queued: trans.__('waits for the kernel'),
    restoring: trans.__('attaching…'),
    incomplete: trans.__('%1 missing', String(missing)),
    failed: trans.__('failed'),
    detached: trans.__('not attached'),
    'needs-consent': trans.__('waits for your consent')
  };
  const run = (command: string): void => {
    void commands.execute(command, { variable }).catch((error: unknown) => {
      Notification.error(String(error).slice(0, 140));
    });
  };
  return (
    <div className="jp-magicRucio-item" data-state={state}>
      <div className="jp-magicRucio-itemHead">
        <code>{variable}</code>
        <span data-state={state}>
          {trans._n('%1 run', '%1 runs', runs)} · {words[state]}
        </span>
      </div>
      {message && <div className="jp-magicRucio-quiet">{message}</div>}
      <div className="jp-magicRucio-itemActions">
        <button
          type="button"
          className="jp-magicRucio-link"
          onClick={() => {
            run('jupyterlab-magic-rucio:refresh-attachment');
          }}
        >
          {state === 'needs-consent' ? trans.__('Attach') : trans.__('Attach again')}
        </button>
        <button
          type="button"
          className="jp-magicRucio-link"
          onClick={() => {
            run('jupyterlab-magic-rucio:rename-attachment');
          }}
        >
          {trans.__('Rename…')}
        </button>
        <button
          type="button"
          className="jp-magicRucio-link"
          onClick={() => {
            run('jupyterlab-magic-rucio:detach-attachment');
          }}
        >
          {trans.__('Detach')}
        </button>
      </div>
    </div>
  );
}
