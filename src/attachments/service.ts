import { UUID } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ApiClient } from '../api/client';
import type { KernelCode, KernelOperation, Selection } from '../api/generated';
import type {
  AttachOutcome,
  IAttachment,
  IAttachments,
  IAttachOptions,
  IAttachTarget
} from '../tokens';
import type { AttachContext } from './context';
import { runInKernel, type KernelReply } from './channel';
import type { AttachContexts } from './contexts';
import type { Consent } from './consent';
import type { IAttachDialogs } from './dialogs';
import { failed, missingText, notAttached, obstacleTo, refused } from './outcome';
import { selectionToKeep, withoutRecord, withRecord, type AttachmentRecord } from './record';

export interface IAttachmentServiceOptions {
  client: ApiClient;
  contexts: AttachContexts;
  consent: Consent;
  dialogs: IAttachDialogs;
}

/** Attaches runs to the active notebook or console, and changes what is attached. */
export class AttachmentService implements Omit<IAttachments, 'insertCode' | 'newAnalysisNotebook'> {
  private readonly _targetChanged = new Signal<this, IAttachTarget | null>(this);
  private readonly _attachmentsChanged = new Signal<this, void>(this);
  private lastUndoable: {
    context: AttachContext;
    variable: string;
    record: AttachmentRecord | null;
  } | null = null;

  constructor(private readonly options: IAttachmentServiceOptions) {
    const { contexts } = options;
    contexts.activeChanged.connect(this.onActiveChanged, this);
    contexts.added.connect((_, context) => {
      context.changed.connect(this.onContextChanged, this);
    }, this);
  }

  get target(): IAttachTarget | null {
    return this.context?.target ?? null;
  }

  get targetChanged(): ISignal<this, IAttachTarget | null> {
    return this._targetChanged;
  }

  get attachments(): readonly IAttachment[] {
    return this.context?.attachments ?? [];
  }

  get attachmentsChanged(): ISignal<this, void> {
    return this._attachmentsChanged;
  }

  async attach(selection: Selection, options: IAttachOptions = {}): Promise<AttachOutcome> {
    const { context } = this;
    const obstacle = obstacleTo(context?.target ?? null);
    if (!context || obstacle) {
      return obstacle ?? { state: 'cancelled' };
    }
    try {
      const variable =
        options.variable ?? (await this.options.client.summary(selection)).proposed_variable;
      const record: AttachmentRecord = {
        key: UUID.uuid4(),
        variable,
        selection,
        mode: options.mode,
        duplicates: options.duplicates,
        partial: options.partial,
        runs: 0
      };
      return await this.attachRecord(context, record, { ask: true });
    } catch (error) {
      return failed(error);
    }
  }

  async refresh(variable: string): Promise<AttachOutcome> {
    const { context } = this;
    const record = context?.store.read().find(one => one.variable === variable);
    if (!context || !record) {
      return notAttached(variable);
    }
    await this.options.consent.give(record);
    return this.attachRecord(context, record, { ask: true });
  }

  async rename(variable: string, newVariable: string): Promise<AttachOutcome> {
    return this.change(
      variable,
      { operation: 'rename', new_variable: newVariable },
      (records, record) =>
        withRecord(withoutRecord(records, variable), { ...record, variable: newVariable })
    );
  }

  async detach(variable: string): Promise<AttachOutcome> {
    return this.change(variable, { operation: 'detach' }, records =>
      withoutRecord(records, variable)
    );
  }

  async undo(): Promise<AttachOutcome> {
    const last = this.lastUndoable;
    if (!last || last.context.isDisposed) {
      return { state: 'failed', message: 'There is nothing to undo.', advice: '' };
    }
    try {
      const reply = await this.operate(last.context, {
        operation: 'undo',
        variable: last.variable
      });
      if (!reply.ok) {
        return refused(reply);
      }
      this.lastUndoable = null;
      const records = withoutRecord(last.context.store.read(), last.variable);
      last.context.store.write(last.record ? withRecord(records, last.record) : records);
      const seen = (reply.attachments ?? []).find(one => one.variable === last.variable);
      if (last.record && seen) {
        last.context.setState({ ...seen, state: 'attached', message: '' });
      } else {
        last.context.dropState(last.variable);
      }
      return { state: 'attached', variable: last.variable, attached: seen?.runs ?? 0, missing: 0 };
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * Attach what a record asks for and remember the outcome.
   *
   * @param ask - Whether the user may be asked about a name that is taken; not while restoring.
   */
  async attachRecord(
    context: AttachContext,
    record: AttachmentRecord,
    { ask, overwrite = false }: { ask: boolean; overwrite?: boolean }
  ): Promise<AttachOutcome> {
    const { variable } = record;
    const before = context.store.read().find(one => one.variable === variable) ?? null;
    const state = (
      name: IAttachment['state'],
      message = '',
      missing = 0,
      runs = record.runs
    ): void => {
      context.setState({ variable, runs, missing, state: name, message });
    };
    state('restoring');
    try {
      const code = await this.kernelCode(record, overwrite);
      const reply = await this.run(context, code, () => {
        state('queued', 'The kernel is busy; the runs are attached when the running cell ends.');
      });
      if (!reply.ok && reply.error?.code === 'name-taken' && ask) {
        if (before?.key !== record.key) {
          context.dropState(variable);
        }
        return await this.resolveNameTaken(context, record, reply.error.message);
      }
      if (!reply.ok) {
        const outcome = refused(reply);
        state('failed', outcome.message);
        return outcome;
      }
      const kept: AttachmentRecord = {
        ...record,
        selection: selectionToKeep(record.selection, code.dids),
        runs: reply.attached,
        digest: code.digest
      };
      await this.options.consent.give(kept);
      context.store.write(withRecord(context.store.read(), kept));
      if (reply.can_undo) {
        this.lastUndoable = { context, variable, record: before };
      }
      const missing = Math.max(code.missing_total, reply.missing);
      state(missing ? 'incomplete' : 'attached', missingText(missing), missing, reply.attached);
      return { state: 'attached', variable, attached: reply.attached, missing };
    } catch (error) {
      const outcome = failed(error);
      if (before) {
        state('failed', outcome.message);
      } else {
        context.dropState(variable);
      }
      return outcome;
    }
  }

  /** Ask the kernel for something that is not an attachment of runs. */
  async operate(
    context: AttachContext,
    operation: Omit<KernelOperation, 'request_id'>
  ): Promise<KernelReply> {
    const code = await this.options.client.kernelOperation({
      ...operation,
      request_id: UUID.uuid4()
    });
    return this.run(context, code);
  }

  private get context(): AttachContext | null {
    return this.options.contexts.active;
  }

  private kernelCode(record: AttachmentRecord, overwrite: boolean): Promise<KernelCode> {
    return this.options.client.kernelCode({
      request_id: UUID.uuid4(),
      key: record.key,
      selection: record.selection,
      variable: record.variable,
      mode: record.mode ?? null,
      duplicates: record.duplicates ?? 'refuse',
      partial: record.partial ?? false,
      overwrite,
      kernel_shares_files: true
    });
  }

  private async run(
    context: AttachContext,
    code: KernelCode,
    onQueued?: () => void
  ): Promise<KernelReply> {
    const { kernel, generation } = context;
    if (!kernel) {
      throw new Error('no kernel');
    }
    const reply = await runInKernel(kernel, code, {
      isCurrent: () => context.generation === generation && !context.isDisposed,
      onQueued
    });
    if (reply.id !== code.request_id) {
      throw new Error("another request's answer");
    }
    return reply;
  }

  private async resolveNameTaken(
    context: AttachContext,
    record: AttachmentRecord,
    message: string
  ): Promise<AttachOutcome> {
    const choice = await this.options.dialogs.nameTaken(record.variable, message);
    switch (choice.kind) {
      case 'cancel':
        return { state: 'cancelled' };
      case 'replace':
        return this.attachRecord(context, record, { ask: true, overwrite: true });
      case 'rename':
        return this.attachRecord(context, { ...record, variable: choice.variable }, { ask: true });
    }
  }

  private async change(
    variable: string,
    operation: Omit<KernelOperation, 'request_id' | 'variable'>,
    next: (records: AttachmentRecord[], record: AttachmentRecord) => AttachmentRecord[]
  ): Promise<AttachOutcome> {
    const { context } = this;
    const record = context?.store.read().find(one => one.variable === variable);
    if (!context || !record) {
      return notAttached(variable);
    }
    try {
      const reply = await this.operate(context, { ...operation, variable });
      // A variable that the user deleted is detached all the same.
      const isGone = operation.operation === 'detach' && reply.error?.code === 'not-attached';
      if (!reply.ok && !isGone) {
        return refused(reply);
      }
      context.store.write(next(context.store.read(), record));
      this.lastUndoable =
        operation.operation === 'detach' && reply.ok ? { context, variable, record } : null;
      const now = operation.new_variable ?? variable;
      const seen = (reply.attachments ?? []).find(one => one.variable === now);
      context.dropState(variable);
      if (seen) {
        await this.options.consent.give({ ...record, variable: now });
        context.setState({
          ...seen,
          state: seen.missing ? 'incomplete' : 'attached',
          message: missingText(seen.missing)
        });
      }
      return {
        state: 'attached',
        variable: now,
        attached: seen?.runs ?? 0,
        missing: seen?.missing ?? 0
      };
    } catch (error) {
      return failed(error);
    }
  }

  private onActiveChanged(): void {
    this._targetChanged.emit(this.target);
    this._attachmentsChanged.emit();
  }

  private onContextChanged(context: AttachContext): void {
    if (context === this.context) {
      this._targetChanged.emit(context.target);
      this._attachmentsChanged.emit();
    }
  }
}
