import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, Session } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IAttachment, IAttachTarget } from '../tokens';
import type { AttachmentRecord } from './record';

/** Where the attachments of a notebook or console are remembered. */
export interface IRecordStore {
  read(): AttachmentRecord[];
  write(records: AttachmentRecord[]): void;
}

/** One notebook or console: its kernel, what it remembers, what is attached. */
export class AttachContext {
  private readonly _changed = new Signal<this, void>(this);
  private readonly _kernelReplaced = new Signal<this, void>(this);
  private readonly _restarted = new Signal<this, void>(this);
  private states = new Map<string, IAttachment>();
  private _generation = 0;
  private _isDisposed = false;
  private language: string | null = null;

  constructor(
    readonly id: string,
    private readonly getLabel: () => string,
    readonly sessionContext: ISessionContext,
    readonly store: IRecordStore
  ) {
    // `ready` is not armed again by a restart; these two are what fires.
    sessionContext.kernelChanged.connect(this.onKernelChanged, this);
    sessionContext.statusChanged.connect(this.onStatus, this);
    void sessionContext.ready.then(() => {
      this.onKernelReplaced();
    });
  }

  /** Anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Another kernel, or the same one with an empty namespace. */
  get kernelReplaced(): ISignal<this, void> {
    return this._kernelReplaced;
  }

  /** The kernel was restarted from here; others that share it are not told by Jupyter. */
  get restarted(): ISignal<this, void> {
    return this._restarted;
  }

  get kernel(): Kernel.IKernelConnection | null {
    return this.sessionContext.session?.kernel ?? null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Grows with every replacement of the kernel: an answer to an older one is late. */
  get generation(): number {
    return this._generation;
  }

  get attachments(): IAttachment[] {
    const remembered = this.store.read();
    const variables = new Set(remembered.map(record => record.variable));
    // A first attachment is remembered once it is made; while a busy kernel keeps it waiting it is shown.
    const waiting = [...this.states.values()].filter(
      one => one.state === 'queued' && !variables.has(one.variable)
    );
    const known = remembered.map(
      record =>
        this.states.get(record.variable) ?? {
          variable: record.variable,
          runs: record.runs,
          missing: 0,
          state: 'detached' as const,
          message: ''
        }
    );
    return [...known, ...waiting];
  }

  get target(): IAttachTarget {
    const kernel = this.kernel;
    return {
      label: this.getLabel(),
      kernelId: kernel?.id ?? null,
      state: this.targetState(kernel),
      language: this.language
    };
  }

  setState(attachment: IAttachment): void {
    this.states.set(attachment.variable, attachment);
    this._changed.emit();
  }

  dropState(variable: string): void {
    this.states.delete(variable);
    this._changed.emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._generation++;
    this.sessionContext.kernelChanged.disconnect(this.onKernelChanged, this);
    this.sessionContext.statusChanged.disconnect(this.onStatus, this);
    Signal.clearData(this);
  }

  private targetState(kernel: Kernel.IKernelConnection | null): IAttachTarget['state'] {
    if (!kernel || kernel.status === 'dead') {
      return 'no-kernel';
    }
    if (this.language === null) {
      return 'starting';
    }
    if (this.language !== 'python') {
      return 'not-python';
    }
    return kernel.status === 'busy' ? 'busy' : 'ready';
  }

  private onKernelChanged(
    _: unknown,
    { oldValue, newValue }: Session.ISessionConnection.IKernelChangedArgs
  ): void {
    this.onKernelReplaced();
    if (newValue && oldValue?.id === newValue.id) {
      this._restarted.emit();
    }
  }

  /** Take the namespace of the kernel for empty and begin anew. */
  onKernelReplaced(): void {
    this._generation++;
    this.states.clear();
    this.language = null;
    this._changed.emit();
    const { kernel, generation } = this;
    if (!kernel) {
      return;
    }
    void kernel.info.then(info => {
      if (generation === this._generation && !this._isDisposed) {
        this.language = info.language_info.name.toLowerCase();
        this._changed.emit();
        this._kernelReplaced.emit();
      }
    });
  }

  private onStatus(_: unknown, status: Kernel.Status): void {
    if (status === 'autorestarting') {
      this.onKernelReplaced();
    } else {
      this._changed.emit();
    }
  }
}
