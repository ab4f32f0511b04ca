import type { ConsolePanel, IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';
import { AttachContext, type IRecordStore } from './context';
import { MemoryStore, NotebookStore } from './stores';

/** All open notebooks and consoles, and which of them the user worked in last. */
export class AttachContexts {
  private readonly byWidget = new Map<string, AttachContext>();
  private readonly _activeChanged = new Signal<this, void>(this);
  private readonly _added = new Signal<this, AttachContext>(this);
  private _active: AttachContext | null = null;

  constructor(
    private readonly notebooks: INotebookTracker,
    private readonly consoles: IConsoleTracker | null
  ) {}

  /** Begin to follow; apart from the constructor so that listeners are there first. */
  start(): void {
    this.notebooks.forEach(panel => {
      this.addNotebook(panel);
    });
    this.notebooks.widgetAdded.connect((_, panel) => {
      this.addNotebook(panel);
    }, this);
    // A tracker that saves its state may say which widget is current before it says that there is one.
    this.notebooks.currentChanged.connect((_, panel) => {
      if (panel) {
        this.addNotebook(panel);
      }
      this.activate(panel);
    }, this);
    this.consoles?.forEach(panel => {
      this.addConsole(panel);
    });
    this.consoles?.widgetAdded.connect((_, panel) => {
      this.addConsole(panel);
    }, this);
    this.consoles?.currentChanged.connect((_, panel) => {
      if (panel) {
        this.addConsole(panel);
      }
      this.activate(panel);
    }, this);
    this.activate(this.notebooks.currentWidget ?? this.consoles?.currentWidget ?? null);
  }

  get active(): AttachContext | null {
    return this._active;
  }

  get activeChanged(): ISignal<this, void> {
    return this._activeChanged;
  }

  get added(): ISignal<this, AttachContext> {
    return this._added;
  }

  /** The context of a notebook or console. */
  of(widget: NotebookPanel | ConsolePanel): AttachContext | null {
    return this.byWidget.get(widget.id) ?? null;
  }

  private addNotebook(panel: NotebookPanel): void {
    this.add(panel, new NotebookStore(panel));
  }

  private addConsole(panel: ConsolePanel): void {
    this.add(panel, new MemoryStore());
  }

  private add(panel: NotebookPanel | ConsolePanel, store: IRecordStore): void {
    if (this.byWidget.has(panel.id)) {
      return;
    }
    const context = new AttachContext(
      panel.id,
      () => panel.title.label,
      panel.sessionContext,
      store
    );
    this.byWidget.set(panel.id, context);
    panel.disposed.connect(() => {
      this.remove(context);
    }, this);
    context.restarted.connect(this.tellSharers, this);
    this._added.emit(context);
  }

  /** A notebook or console on a kernel that was restarted from another one has lost its variables too. */
  private tellSharers(restarted: AttachContext): void {
    for (const context of this.byWidget.values()) {
      if (context !== restarted && context.kernel?.id === restarted.kernel?.id) {
        context.onKernelReplaced();
      }
    }
  }

  private remove(context: AttachContext): void {
    this.byWidget.delete(context.id);
    context.dispose();
    if (this._active === context) {
      this.activate(this.notebooks.currentWidget ?? this.consoles?.currentWidget ?? null);
    }
  }

  private activate(panel: NotebookPanel | ConsolePanel | null): void {
    const context = panel && !panel.isDisposed ? (this.byWidget.get(panel.id) ?? null) : null;
    // A tracker loses its current widget when the last one closes; the other kind may still be open.
    if (context === null && this._active && !this._active.isDisposed) {
      return;
    }
    if (context !== this._active) {
      this._active = context;
      this._activeChanged.emit();
    }
  }
}
