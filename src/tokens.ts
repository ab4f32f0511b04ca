import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Selection } from './api/generated';

/** Where runs can be attached: the active notebook or console with a Python kernel. */
export interface IAttachTarget {
  /** File name of the notebook or title of the console. */
  readonly label: string;
  readonly kernelId: string | null;
  /** `ready`: a Python kernel answers; `busy`: it will when the running cell ends. */
  readonly state: 'ready' | 'busy' | 'starting' | 'no-kernel' | 'not-python';
  /** Display name of the kernel's language, for messages. */
  readonly language: string | null;
}

/** An attachment of a notebook, as recorded in its metadata and seen in its kernel. */
export interface IAttachment {
  readonly variable: string;
  readonly runs: number;
  readonly missing: number;
  readonly state:
    'attached' | 'queued' | 'restoring' | 'incomplete' | 'failed' | 'detached' | 'needs-consent';
  /** What went wrong or what is awaited, in a sentence; empty otherwise. */
  readonly message: string;
}

export interface IAttachOptions {
  /** Proposed by the server where it is not given. */
  variable?: string;
  /** Attach what is there already instead of waiting for the rest. */
  partial?: boolean;
  duplicates?: 'refuse' | 'newest' | 'first';
  mode?: 'replica' | 'download';
}

export type AttachOutcome =
  | { state: 'attached'; variable: string; attached: number; missing: number }
  | { state: 'cancelled' }
  | { state: 'failed'; message: string; advice: string };

/** Attaches runs to notebooks and keeps them attached over kernel restarts. */
export interface IAttachments {
  /** The active notebook or console; null where there is none. */
  readonly target: IAttachTarget | null;
  readonly targetChanged: ISignal<unknown, IAttachTarget | null>;
  /** Attachments of the active notebook. */
  readonly attachments: ReadonlyArray<IAttachment>;
  readonly attachmentsChanged: ISignal<unknown, void>;
  /** Attach now; asks the user before a variable of theirs is replaced. Never rejects. */
  attach(selection: Selection, options?: IAttachOptions): Promise<AttachOutcome>;
  refresh(variable: string): Promise<AttachOutcome>;
  rename(variable: string, newVariable: string): Promise<AttachOutcome>;
  detach(variable: string): Promise<AttachOutcome>;
  undo(): Promise<AttachOutcome>;
  /** Insert a cell that attaches by DID below the active one. */
  insertCode(selection: Selection, variable?: string): Promise<void>;
  /** Open a new notebook with a whole analysis of the selection. */
  newAnalysisNotebook(selection: Selection): Promise<void>;
}

export const IAttachments = new Token<IAttachments>(
  'jupyterlab-magic-rucio:IAttachments',
  'Attaches MAGIC DL3 runs to the kernels of notebooks and consoles.'
);

/** The panel of DL3 runs. */
export interface ICatalogue {
  /** What the user picked; null where nothing is. */
  readonly selection: Selection | null;
  readonly selectionChanged: ISignal<unknown, Selection | null>;
  /** Show the panel with a filter laid on, for example the runs of one night. */
  show(filter?: { text?: string; dataset?: string; night?: string; run?: number }): Promise<void>;
}

export const ICatalogue = new Token<ICatalogue>(
  'jupyterlab-magic-rucio:ICatalogue',
  'The panel of MAGIC DL3 runs known to Rucio.'
);
