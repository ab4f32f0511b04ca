import React from 'react';
import { usePanel } from './context';
import { bytesText, timeLeftText } from './format';
import type { AttachFlow } from './use-attach-flow';

export interface IFlowLine {
  flow: AttachFlow;
  onStop: () => void;
  /** Attach what is there now; null where nothing is. */
  onPartial: (() => void) | null;
  there: number;
}

/** Says how far the click is, and offers what can be done meanwhile. */
export function FlowLine(props: IFlowLine): React.ReactElement {
  const { flow, onStop, onPartial, there } = props;
  const { trans } = usePanel();
  return (
    <div className="jp-magicRucio-flow" role="status" aria-live="polite">
      {content()}
    </div>
  );

  function content(): React.ReactNode {
    switch (flow.step) {
      case 'idle':
        return null;
      case 'starting':
        return <span>{trans.__('Asking Rucio…')}</span>;
      case 'attaching':
        return <span>{trans.__('Attaching…')}</span>;
      case 'replicating': {
        const { done, total, rate, time_left, state } = flow.replication;
        return (
          <>
            <Progress
              value={total.bytes ? done.bytes / total.bytes : done.files / Math.max(1, total.files)}
              label={trans.__('Replication')}
            />
            <span>
              {[
                trans.__('%1 of %2', String(done.files), String(total.files)),
                rate ? trans.__('%1/s', bytesText(rate)) : '',
                time_left ? timeLeftText(time_left) : '',
                state === 'stuck' ? trans.__('stuck: see Replications') : ''
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
            <span className="jp-magicRucio-flowActions">
              {onPartial && (
                <button type="button" className="jp-magicRucio-link" onClick={onPartial}>
                  {trans.__('Attach the %1 that are there', String(there))}
                </button>
              )}
              <button type="button" className="jp-magicRucio-link" onClick={onStop}>
                {trans.__('Do not wait')}
              </button>
            </span>
          </>
        );
      }
      case 'downloading': {
        const { files_done, files_total, bytes_done, bytes_total, rate, time_left } = flow.download;
        return (
          <>
            <Progress
              value={bytes_total ? bytes_done / bytes_total : 0}
              label={trans.__('Download')}
            />
            <span>
              {[
                trans.__('%1 of %2', String(files_done), String(files_total)),
                rate ? trans.__('%1/s', bytesText(rate)) : '',
                time_left ? timeLeftText(time_left) : ''
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
            <button type="button" className="jp-magicRucio-link" onClick={onStop}>
              {trans.__('Do not wait')}
            </button>
          </>
        );
      }
      case 'failed':
        return (
          <Message
            isError
            message={flow.message}
            advice={flow.advice}
            details={flow.details}
            onPartial={onPartial}
          />
        );
      case 'done':
        if (flow.outcome.state === 'cancelled') {
          return null;
        }
        if (flow.outcome.state === 'failed') {
          return (
            <Message
              isError
              message={flow.outcome.message}
              advice={flow.outcome.advice}
              details=""
              onPartial={onPartial}
            />
          );
        }
        if (flow.outcome.attached === 0) {
          return (
            <Message
              isError
              message={trans.__(
                '%1: no run is attached, %2 are missing.',
                flow.outcome.variable,
                String(flow.outcome.missing)
              )}
              advice={trans.__(
                'The attachment names each missing run and why: look at its .missing.'
              )}
              details=""
              onPartial={null}
            />
          );
        }
        return (
          <span className="jp-magicRucio-good">
            {flow.outcome.missing
              ? trans.__(
                  '%1: %2 runs attached, %3 missing.',
                  flow.outcome.variable,
                  String(flow.outcome.attached),
                  String(flow.outcome.missing)
                )
              : trans._n(
                  '%2: %1 run attached.',
                  '%2: %1 runs attached.',
                  flow.outcome.attached,
                  flow.outcome.variable
                )}
          </span>
        );
    }
  }
}

function Message(props: {
  isError: boolean;
  message: string;
  advice: string;
  details: string;
  onPartial: (() => void) | null;
}): React.ReactElement {
  const { trans } = usePanel();
  return (
    <div className="jp-magicRucio-error">
      <p>
        {props.message} {props.advice}
      </p>
      {props.onPartial && (
        <button type="button" className="jp-magicRucio-link" onClick={props.onPartial}>
          {trans.__('Attach what is there')}
        </button>
      )}
      {props.details && <CopyDetails text={props.details} />}
    </div>
  );
}

/** Puts the whole of a failure onto the clipboard, for whoever helps. */
export function CopyDetails(props: { text: string }): React.ReactElement {
  const { trans } = usePanel();
  return (
    <button
      type="button"
      className="jp-magicRucio-link"
      onClick={() => {
        void navigator.clipboard.writeText(props.text);
      }}
    >
      {trans.__('Copy details')}
    </button>
  );
}

/** A bar between 0 and 1. */
export function Progress(props: { value: number; label: string }): React.ReactElement {
  const percent = Math.round(100 * Math.min(1, Math.max(0, props.value)));
  return (
    <span
      className="jp-magicRucio-progress"
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}
