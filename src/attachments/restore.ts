import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { AttachContext } from './context';
import type { AttachContexts } from './contexts';
import type { Consent } from './consent';
import type { AttachmentRecord } from './record';
import type { AttachmentService } from './service';
import { missingText } from './outcome';

/** How long to wait before missing runs are looked for again: transfers take minutes. */
const LOOK_AGAIN_MS = 20_000;

/**
 * Brings a notebook's attachments back when its kernel starts, restarts or is another one, and completes
 * those whose runs arrive later.
 */
export class Restorer {
  constructor(
    private readonly service: AttachmentService,
    private readonly consent: Consent,
    private readonly trans: TranslationBundle,
    contexts: AttachContexts
  ) {
    contexts.added.connect((_, context) => {
      context.kernelReplaced.connect(this.onKernelReplaced, this);
    }, this);
  }

  private onKernelReplaced(context: AttachContext): void {
    void this.restore(context);
  }

  /** Compare what the kernel has with what the notebook remembers, and mend the difference. */
  async restore(context: AttachContext): Promise<void> {
    const records = context.store.read();
    if (records.length === 0 || context.target.state === 'not-python') {
      return;
    }
    const { generation } = context;
    const wanted = await this.lost(context, records);
    const known: AttachmentRecord[] = [];
    const foreign: AttachmentRecord[] = [];
    for (const record of wanted) {
      ((await this.consent.has(record)) ? known : foreign).push(record);
    }
    for (const record of foreign) {
      context.setState({
        variable: record.variable,
        runs: record.runs,
        missing: 0,
        state: 'needs-consent',
        message: this.trans.__('This notebook asks for runs; they are attached when you agree.')
      });
    }
    if (foreign.length > 0) {
      this.ask(context, foreign);
    }
    for (const record of known) {
      if (context.generation !== generation || context.isDisposed) {
        return;
      }
      await this.bringBack(context, record);
    }
  }

  /** The records whose attachment the kernel does not have; those it has are shown as they are. */
  private async lost(
    context: AttachContext,
    records: AttachmentRecord[]
  ): Promise<AttachmentRecord[]> {
    try {
      const reply = await this.service.operate(context, { operation: 'list' });
      const present = new Map((reply.attachments ?? []).map(one => [one.key, one]));
      return records.filter(record => {
        const seen = present.get(record.key);
        if (!seen || seen.variable !== record.variable) {
          return true;
        }
        context.setState({
          ...seen,
          state: seen.missing ? 'incomplete' : 'attached',
          message: missingText(seen.missing)
        });
        return false;
      });
    } catch {
      // The attach that follows meets the same obstacle and says what it is.
      return records;
    }
  }

  private async bringBack(context: AttachContext, record: AttachmentRecord): Promise<void> {
    const { generation } = context;
    const outcome = await this.service.attachRecord(
      context,
      { ...record, partial: true },
      { ask: false }
    );
    if (outcome.state === 'attached' && outcome.missing > 0) {
      setTimeout(() => {
        if (context.generation === generation && !context.isDisposed) {
          void this.bringBack(context, record);
        }
      }, LOOK_AGAIN_MS);
    }
  }

  /** Ask without standing in the way of reading the notebook. */
  private ask(context: AttachContext, records: AttachmentRecord[]): void {
    const names = records.map(record => record.variable).join(', ');
    Notification.info(
      this.trans.__('%1 asks for MAGIC runs: %2', context.target.label, names).slice(0, 140),
      {
        autoClose: false,
        actions: [
          {
            label: this.trans.__('Attach'),
            displayType: 'accent',
            callback: () => {
              void this.agree(context, records);
            }
          },
          { label: this.trans.__('Not now'), callback: () => undefined }
        ]
      }
    );
  }

  private async agree(context: AttachContext, records: AttachmentRecord[]): Promise<void> {
    for (const record of records) {
      await this.consent.give(record);
      await this.bringBack(context, record);
    }
  }
}
