import { useCallback, useEffect, useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { ApiClient } from '../api/client';
import { ApiError } from '../api/problem';
import type { Download, Replication, Selection } from '../api/generated';
import type { AttachOutcome, IAttachOptions } from '../tokens';
import { usePanel } from './context';
import { didsOf } from './copies';

/** How far the one click is: replicate or download what is missing, then attach. */
export type AttachFlow =
  | { step: 'idle' }
  | { step: 'starting' }
  | { step: 'replicating'; replication: Replication }
  | { step: 'downloading'; download: Download }
  | { step: 'attaching' }
  | { step: 'done'; outcome: AttachOutcome }
  | { step: 'failed'; message: string; advice: string; details: string };

const POLL_MS = 1_500;

/** Polls stretch to this while nothing changes. */
const SLOWEST_POLL_MS = 15_000;

export function useAttachFlow() {
  const { client, attachments } = usePanel();
  const queries = useQueryClient();
  const [flow, setFlow] = useState<AttachFlow>({ step: 'idle' });
  const generation = useRef(0);
  useEffect(
    () => () => {
      generation.current++;
    },
    []
  );

  const stop = useCallback(() => {
    generation.current++;
    setFlow({ step: 'idle' });
  }, []);

  const run = useCallback(
    async (
      asked: Selection,
      options: IAttachOptions,
      missing: number,
      mode: 'replica' | 'download'
    ) => {
      const mine = ++generation.current;
      const isCurrent = (): boolean => mine === generation.current;
      const show = (next: AttachFlow): void => {
        if (isCurrent()) {
          setFlow(next);
        }
      };
      if (!attachments) {
        return;
      }
      try {
        show({ step: 'starting' });
        const selection = await settled(asked, client);
        if (mode === 'download') {
          let download = await client.startDownload({ selection });
          while (download.state === 'running' && isCurrent()) {
            show({ step: 'downloading', download });
            await pause(700);
            download = await client.download(download.id);
          }
          if (isCurrent() && download.state !== 'done' && !options.partial) {
            const failure = download.failures[0];
            show({
              step: 'failed',
              message: failure?.message ?? 'The download ended early.',
              advice: failure?.advice ?? 'Try again: what is complete is kept.',
              details: JSON.stringify(download, null, 2)
            });
            return;
          }
        } else if (missing > 0 && !options.partial) {
          let { replication } = await client.startReplication({ selection });
          void queries.invalidateQueries({ queryKey: ['replications'] });
          let wait = POLL_MS;
          while (replication.state !== 'done' && isCurrent()) {
            show({ step: 'replicating', replication });
            if (replication.state === 'cancelled') {
              show({ step: 'idle' });
              return;
            }
            await pause(wait);
            const before = replication.done.files;
            replication = await client.replication(replication.rule_id);
            wait =
              replication.done.files === before ? Math.min(wait * 1.3, SLOWEST_POLL_MS) : POLL_MS;
          }
          void queries.invalidateQueries({ queryKey: ['runs'] });
        }
        if (!isCurrent()) {
          return;
        }
        show({ step: 'attaching' });
        show({ step: 'done', outcome: await attachments.attach(selection, { ...options, mode }) });
      } catch (error) {
        const problem = error instanceof ApiError ? error.problem : null;
        show({
          step: 'failed',
          message: problem?.message ?? String(error),
          advice: problem?.advice ?? '',
          details: error instanceof ApiError ? error.detailsText : String(error)
        });
      }
    },
    [attachments, client, queries]
  );
  return { flow, run, stop };
}

/** Runs that arrive leave a filter by availability: what is attached are the runs of the click. */
async function settled(selection: Selection, client: ApiClient): Promise<Selection> {
  return selection.kind === 'filter' && selection.filter.availabilities?.length
    ? { kind: 'dids', dids: await didsOf(client, selection) }
    : selection;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
